/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/with_config.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "local/alias.h"
#include "tests/unit/run/in_loop.h"

static const char main_cf[] = "myhostname = mail.example\nmydestination = local.example\n"
                              "local_recipient_maps =\n";

static struct router *router;
static struct config *config;

/* Files that are there, with their owners; the account "games" has its home in /usr/games. */
static const struct {
	const char *path;
	const char *text;
	uid_t owner;
} files[] = {
	{ "/usr/games/.forward", "# comment\n\n\\games, x@y.example\n\t,|prog -x\n/file\n", 5 },
	{ "/usr/games/.forward+own", "games+other\n", 5 },
	{ "/usr/games/.forward+empty", "# nothing\n", 5 },
	{ "/usr/games/.forward+bad", "a b\n", 5 },
	{ "/usr/games/.forward+list", ":include:/list\n", 5 },
	{ "/usr/games/.forward+aliased", "sub\n", 5 },
	{ "/list", "b, c@d.example\n:include:/list2\n", 0 },
	{ "/list2", "e\n:include:/list\n", 0 },
	{ "/news", "|cmd\n", 9 },
	{ "/rootlist", "|cmd\n", 0 },
	{ "/deep", ":include:/deep1\n", 0 },
	{ "/unsafe", NULL, 0 },
	{ "/broken", NULL, 1 },
};

static int
read_file(const struct rights *rights, bool is_include, struct message_line *paths, uint32_t count,
    struct arena *a, struct message_mailbox_text *out, struct why *why)
{
	(void)why;
	(void)a;
	*out =
	    (struct message_mailbox_text){ .status = MAILBOX_TEXT_NONE, .text = STR("not there") };
	assert_true(!is_include || rights->account.user.uid != 0);
	for (uint32_t p = 0; p < count; p++) {
		for (size_t i = 0; i < ARRAY_LEN(files); i++) {
			if (!str_equal(paths[p].text, str_of(files[i].path)))
				continue;
			out->status = MAILBOX_TEXT_FOUND;
			out->path = paths[p].text;
			out->text = str_of(files[i].text);
			out->owner = files[i].owner;
			if (files[i].text == NULL) {
				out->status =
				    files[i].owner == 0 ? MAILBOX_TEXT_UNSAFE : MAILBOX_TEXT_FAILED;
				out->text = STR("trouble");
			}
			return 0;
		}
	}
	return 0;
}

static int
add_result(const struct alias_result *r, struct buf *out)
{
	long uid = r->rights.is_set ? (long)r->rights.account.user.uid : -1;

	switch (r->kind) {
	case ALIAS_TO_MAILBOX:
		return buf_addf(out, "%.*s%s%s", STR_ARG(r->user), r->is_final ? "*" : "",
		    r->forwards_count != 0 ? "?" : "");
	case ALIAS_TO_FILE:
		return buf_addf(out, "file:%ld:%.*s", uid, STR_ARG(r->text));
	case ALIAS_TO_COMMAND:
		return buf_addf(out, "command:%ld:%.*s", uid, STR_ARG(r->text));
	case ALIAS_TO_TRANSPORT:
		return buf_addf(out, "transport:%.*s%s", STR_ARG(r->text), r->is_final ? "*" : "");
	case ALIAS_TO_ADDRESS:
	default:
		return address_add_internal(&r->address, out);
	}
}

struct shown {
	const char *tables;
	const char *local;
	const char *config; /* lines of main.cf */
	bool is_final;
};

static void
read_forward(struct alias_expansion *x, struct why *why)
{
	struct alias_result *r = CONTAINER_OF(x->results.next, struct alias_result, link);
	struct rights rights = r->rights;
	struct message_mailbox_text file;

	assert_int_equal(
	    read_file(&rights, false, r->forwards, r->forwards_count, &x->arena, &file, why), 0);
	if (file.status == MAILBOX_TEXT_FOUND)
		(void)!alias_expand_forward(x, r, &file, why);
}

/*
 * Results as "user", "user*" (the name of an alias, too), "user?" (whose .forward was not looked for),
 * "address@elsewhere", "file:uid:path", each with "<owner" where there is one; or the words of the
 * failure.
 */
static void
show(const struct shown *s, bool with_forward, struct buf *out)
{
	struct address a = { .local = str_of(s->local), .domain = STR("local.example") };
	struct rights privs = { .is_set = true,
		.account.user = { .name = "nobody", .uid = 65534 } };
	struct config *c = with_config(s->config != NULL ? s->config : "");
	struct user_rules users;
	struct alias_context context = { .router = router,
		.users = &users,
		.privs = &privs,
		.delimiters = "+",
		.origin = "local.example",
		.read = read_file,
		.expand_owner = config_bool(c, PARAM_expand_owner_alias),
		.reset_owner = config_bool(c, PARAM_reset_owner_alias) };
	struct alias_expansion x;
	struct table_list list;
	struct why why = WHY_INIT;

	if (table_list_open(&list, s->tables, TABLE_FOLD, &why) < 0 ||
	    user_rules_open(&users, c, &why) < 0)
		fail_msg("%s", why.text);
	context.tables = &list;
	alias_expansion_init(&x, &context, TICKS_NEVER);
	if (alias_expand(&x, &a, s->is_final, &why) == 0 && with_forward)
		read_forward(&x, &why);
	if (why.text[0] != '\0') {
		assert_int_equal(buf_addf(out, "%s", why.text), 0);
		list_init(&x.results);
	}
	LIST_EACH (it, &x.results) {
		struct alias_result *r = CONTAINER_OF(it, struct alias_result, link);

		assert_int_equal(buf_addf(out, "%s", out->n != 0 ? " " : ""), 0);
		assert_int_equal(add_result(r, out), 0);
		if (!address_is_null(&r->owner))
			assert_int_equal(buf_addf(out, "<%.*s", STR_ARG(r->owner.local)), 0);
	}
	alias_expansion_drop(&x);
	table_list_close(&list);
	user_rules_close(&users);
	config_free(c);
}

static void
expand_all(void *arg)
{
	static const struct {
		const char *name;
		const char *tables;
		const char *local;
		bool reset;
		const char *shown;
	} rows[] = {
		{ "no alias", "inline:{a=b}", "Bob", false, "bob" },
		{ "extension", "inline:{a=b}", "bob+x", false, "bob" },
		{ "alias", "inline:{a=b}", "A", false, "b" },
		{ "alias with extension", "inline:{a=b}", "a+x", false, "b" },
		{ "alias for the extension", "inline:{{a+x=c} a=b}", "a+x", false, "c" },
		{ "several", "inline:{{a = b, C@local.example, d@elsewhere.example}}", "a", false,
		    "b c d@elsewhere.example" },
		{ "nested", "inline:{{a=b,c} {b=d,e} c=d}", "a", false, "d e" },
		{ "duplicates", "inline:{{a=b, B, b@local.example, x@y.example, x@Y.example}}", "a",
		    false, "b x@y.example" },
		{ "itself", "inline:{{bob=bob, bob@elsewhere.example}}", "bob", false,
		    "bob* bob@elsewhere.example" },
		{ "itself by its address", "inline:{bob=bob+x@local.example}", "bob", false,
		    "bob*" },
		{ "a circle", "inline:{a=b b=c c=a}", "a", false, "a*" },
		{ "a circle behind", "inline:{a=b b=c c=b}", "a", false, "b*" },
		{ "diamond", "inline:{{a=b,c} b=d c=d d=e}", "a", false, "e" },
		{ "owner", "inline:{{list=b,c} owner-list=o}", "list", false,
		    "b<owner-list c<owner-list" },
		{ "owner is inherited", "inline:{list=sub sub=b owner-list=o}", "list", false,
		    "b<owner-list" },
		{ "owner is reset", "inline:{list=sub sub=b owner-list=o}", "list", true, "b" },
		{ "inner owner", "inline:{{list=sub,c} sub=b owner-sub=o}", "list", false,
		    "b<owner-sub c" },
		{ "the owner itself", "inline:{owner-list=o}", "owner-list", false, "o" },
		{ "postmaster", "inline:{a=b}", "Postmaster", false, "root" },
		{ "postmaster is root's alias", "inline:{root=adm@elsewhere.example}", "postmaster",
		    false, "adm@elsewhere.example" },
		{ "named postmaster", "inline:{postmaster=p root=r}", "postmaster", false, "p" },
		{ "file", "inline:{{a=b, /dev/null}}", "a", false, "b file:65534:/dev/null" },
		{ "command", "inline:{{a=\"|x y\", \"|x y\"}}", "a", false, "command:65534:x y" },
		{ "list", "inline:{a=:include:/list}", "a", false, "b c@d.example e" },
		{ "list of another", "inline:{a=:include:/news}", "a", false, "command:9:cmd" },
		{ "list of root", "inline:{a=:include:/rootlist}", "a", false,
		    "command:65534:cmd" },
		{ "list that is missing", "inline:{a=:include:/x}", "a", false,
		    "list of alias a: not there" },
		{ "list that is unsafe", "inline:{a=:include:/unsafe}", "a", false,
		    "list of alias a: trouble" },
		{ "list that cannot be read", "inline:{a=:include:/broken}", "a", false,
		    "list of alias a: trouble" },
		{ "list without a folder", "inline:{a=:include:x}", "a", false,
		    ":include:x uses a relative path" },
		{ "final", "inline:{{bob=\\bob, x}}", "bob", false, "bob* x" },
		{ "final elsewhere", "inline:{{a=\\x@y.example}}", "a", false, "x@y.example" },
		{ "no address", "inline:{{a=b c}}", "a", false, "alias a: \"b c\" is no address" },
		{ "nobody", "inline:{{a=,}}", "a", false, "" },
		{ "failing table", "fail:x", "a", false, "fail:x: this table always fails" },
		{ "too deep", "regexp:{{/^(a*)$/ ${1}a}}", "a", false,
		    "aliases are nested more than 20 times at aaaaaaaaaaaaaaaaaaaaa" },
	};

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);

		show(&(struct shown){ rows[i].tables, rows[i].local,
		         rows[i].reset ? "reset_owner_alias = yes\n" : NULL, false },
		    false, &out);
		if (strcmp(buf_text(&out), rows[i].shown) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&out));
	}
}

static void
test_expand(void **state)
{
	struct why why;

	(void)state;
	config = with_config(main_cf);
	router = router_new(config, &why);
	assert_non_null(router);
	in_both(expand_all, NULL);
	router_free(router);
	config_free(config);
}

/* What becomes of users, by their .forward and main.cf. */
static void
expand_users(void *arg)
{
	static const struct {
		const char *name;
		struct shown shown;
		const char *lazily, *wholly; /* before and after the .forward was looked for */
	} rows[] = {
		{ "own .forward", { "inline:{}", "games", NULL, false }, "games?",
		    "games* x@y.example command:5:prog -x file:5:/file" },
		{ "through an alias", { "inline:{a=games}", "a", NULL, false },
		    "games* x@y.example command:5:prog -x file:5:/file", NULL },
		{ "for an extension", { "inline:{a=b}", "games+own", NULL, false }, "games?",
		    "games*" },
		{ "empty", { "inline:{a=b}", "games+empty", NULL, false }, "games?", "games" },
		{ "bad", { "inline:{a=b}", "games+bad", NULL, false }, "games?",
		    "/usr/games/.forward+bad, line 1: no address" },
		{ "list", { "inline:{a=b}", "games+list", NULL, false }, "games?",
		    "b c@d.example e" },
		{ "to an alias that leads back",
		    { "inline:{{sub=games, z}}", "games+aliased", NULL, false }, "games?",
		    "games* z" },
		{ "twice", { "inline:{{a=games+list, b, games+list}}", "a", NULL, false },
		    "b c@d.example e", NULL },
		{ "an extension that leads out", { "inline:{}", "games+x/../own", NULL, false },
		    "games?", "games* x@y.example command:5:prog -x file:5:/file" },
		{ "final", { "inline:{games=x}", "games", NULL, true }, "games*", NULL },
		{ "no .forward", { "inline:{}", "games", "forward_path =\n", false }, "games",
		    NULL },
		{ "command", { "inline:{}", "news+`x`", "mailbox_command = lda $USER\n", false },
		    "command:9:lda $USER", NULL },
		{ "command of a table",
		    { "inline:{}", "news",
		        "mailbox_command_maps = inline:{news=mine}\nmailbox_command = no\n",
		        false },
		    "command:9:mine", NULL },
		{ ".forward before command",
		    { "inline:{}", "games+own", "mailbox_command = no\n", false }, "command:5:no",
		    NULL },
		{ "transport",
		    { "inline:{}", "news",
		        "mailbox_transport = lmtp:unix:x\nmailbox_command = no\n", false },
		    "transport:lmtp:unix:x", NULL },
		{ "transport for nobody",
		    { "inline:{}", "noone", "mailbox_transport = lmtp:unix:x\n", false },
		    "transport:lmtp:unix:x", NULL },
		{ "transport of a table",
		    { "inline:{}", "noone", "mailbox_transport_maps = inline:{noone=t:}\n", false },
		    "transport:t:", NULL },
		{ "fallback",
		    { "inline:{}", "noone", "fallback_transport = f:\nluser_relay = x\n", false },
		    "transport:f:", NULL },
		{ "fallback is not for users",
		    { "inline:{}", "news", "fallback_transport = f:\n", false }, "news?", "news?" },
		{ "fallback of a table",
		    { "inline:{}", "noone",
		        "fallback_transport_maps = "
		        "inline:{noone@local.example=t:}\nfallback_transport = f:\n",
		        false },
		    "transport:t:", NULL },
		{ "relay", { "inline:{}", "noone+x", "luser_relay = $local@y.example\n", false },
		    "noone+x@y.example", NULL },
		{ "relay to a user", { "inline:{}", "noone", "luser_relay = games+list\n", false },
		    "b c@d.example e", NULL },
		{ "relay to nobody", { "inline:{}", "noone", "luser_relay = noone2\n", false },
		    "noone2", NULL },
		{ "owner",
		    { "inline:{{l=b} {owner-l=o@y.example}}", "l", "expand_owner_alias = yes\n",
		        false },
		    "b<o", NULL },
		{ "owners are several",
		    { "inline:{{l=b} {owner-l=o, p}}", "l", "expand_owner_alias = yes\n", false },
		    "b<owner-l", NULL },
		{ "daemon", { "inline:{postmaster=x}", "MAILER-DAEMON", NULL, false }, "x", NULL },
		{ "no look-up", { "inline:{}", "news", "mailbox_transport_maps = fail:x\n", false },
		    "fail:x: this table always fails", NULL },
		{ "no look-up of commands",
		    { "inline:{}", "news", "mailbox_command_maps = fail:x\n", false },
		    "fail:x: this table always fails", NULL },
		{ "no look-up of fallbacks",
		    { "inline:{}", "noone", "fallback_transport_maps = fail:x\n", false },
		    "fail:x: this table always fails", NULL },
	};

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);
		AUTO(buf) whole = BUF_INIT(1000);

		show(&rows[i].shown, false, &out);
		if (strcmp(buf_text(&out), rows[i].lazily) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&out));
		if (rows[i].wholly == NULL)
			continue;
		show(&rows[i].shown, true, &whole);
		if (strcmp(buf_text(&whole), rows[i].wholly) != 0)
			fail_msg("%s, with .forward: %s", rows[i].name, buf_text(&whole));
	}
}

static void
test_users(void **state)
{
	struct why why;

	(void)state;
	config = with_config(main_cf);
	router = router_new(config, &why);
	assert_non_null(router);
	in_real(expand_users, NULL);
	router_free(router);
	config_free(config);
}

static void
expand_too_many(void *arg)
{
	AUTO(buf) tables = BUF_INIT(1000000);
	AUTO(buf) out = BUF_INIT(1000);

	(void)arg;
	assert_int_equal(buf_addf(&tables, "inline:{{a="), 0);
	for (int i = 0; i <= ALIAS_RESULTS_MAX; i++)
		assert_int_equal(buf_addf(&tables, "u%d,", i), 0);
	assert_int_equal(buf_addf(&tables, "}}"), 0);
	show(&(struct shown){ buf_text(&tables), "a", NULL, false }, false, &out);
	assert_string_equal(buf_text(&out), "alias a has more than 10000 targets");
}

static void
test_too_many(void **state)
{
	struct why why;

	(void)state;
	config = with_config(main_cf);
	router = router_new(config, &why);
	in_real(expand_too_many, NULL);
	router_free(router);
	config_free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_too_many),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The environment is made of fixed names, and of values in which only harmless characters are left:
 * what a stranger wrote can reach a shell in no other way (CVE-2014-6271, CVE-2019-10149).
 */
#include "local/command_call.h"

#include "lib/base/err.h"
#include "lib/sys/process.h"
#include "local/mailbox_agent.h"
#include "local/names.h"
#include "local/trace_headers.h"

#define VARIABLES_MAX 200u /* of mailbox_command in message.def */
#define LINE_MAX_KEPT 4096u
#define COMMANDS_PATH "/usr/bin:/bin"

void
command_rules_open(struct command_rules *r, const struct config *c)
{
	*r = (struct command_rules){
		.shell = config_text(c, PARAM_local_command_shell),
		.folder = config_text(c, PARAM_command_execution_directory),
		.folder_filter = config_text(c, PARAM_execution_directory_expansion_filter),
		.filter = config_text(c, PARAM_command_expansion_filter),
		.exported = config_list(c, PARAM_export_environment),
		.delimiters = config_text(c, PARAM_recipient_delimiter),
		.time_limit = config_time(c, PARAM_command_time_limit),
	};
}

/* --- The environment ------------------------------------------------------------------------- */

struct environment {
	const char *allowed;
	struct arena *arena;
	struct message_line *lines;
	uint32_t count;
};

static void
add(struct environment *e, const char *name, struct str value)
{
	char *line;

	if (e->count == VARIABLES_MAX || strlen(name) + 1 + value.n > LINE_MAX_KEPT)
		return;
	line = arena_printf(e->arena, "%s=%.*s", name, STR_ARG(value));
	if (e->allowed != NULL)
		names_filter(line + strlen(name) + 1, strlen(line) - strlen(name) - 1, e->allowed);
	e->lines[e->count++].text = str_of(line);
}

static void
add_if_any(struct environment *e, const char *name, struct str value)
{
	if (value.n != 0)
		add(e, name, value);
}

/* name, as it is in our own environment, or name=value. */
static void
add_exported(struct environment *e, struct str item)
{
	size_t equals = str_index(item, '=');
	const char *name = arena_text(e->arena, str_part(item, 0, equals));
	const char *value = sys_environment(name);

	if (equals < item.n)
		add(e, name, str_from(item, equals + 1));
	else if (value != NULL)
		add(e, name, str_of(value));
}

static void
add_account(struct environment *e, const struct user_entry *user)
{
	if (user->name == NULL)
		return;
	add(e, "LOGNAME", str_of(user->name));
	add_if_any(e, "HOME", str_of(user->home));
	add_if_any(e, "SHELL", str_of(user->shell));
}

static void
add_message(struct environment *e, const struct request *q, const struct command_call *c,
    const struct names *n)
{
	const struct message_deliver *d = &q->deliver;

	add(e, "USER", n->user);
	add_if_any(e, "EXTENSION", n->extension);
	add_if_any(e, "DOMAIN", n->domain);
	add_if_any(e, "LOCAL", n->local);
	add(e, "RECIPIENT", c->recipient);
	add(e, "ORIGINAL_RECIPIENT", trace_headers_original(c->original));
	add(e, "SENDER", c->sender);
	add_if_any(e, "ENVID", d->envid);
	add_if_any(e, "CLIENT_ADDRESS", d->client_address);
	add_if_any(e, "CLIENT_HELO", d->helo);
	add_if_any(e, "CLIENT_HOSTNAME", d->client_name);
	add_if_any(e, "CLIENT_PROTOCOL", d->protocol);
}

static void
find_names(
    const struct command_rules *r, const struct command_call *c, struct address *a, struct names *n)
{
	const struct user_entry *user = &c->rights->account.user;

	*a = address_from_internal(c->recipient);
	names_of(a, c->recipient, r->delimiters, n);
	if (user->name != NULL) {
		n->home = str_of(user->home);
		n->shell = str_of(user->shell);
	}
}

uint32_t
command_environment(const struct command_rules *r, const struct request *q,
    const struct command_call *c, struct arena *a, struct message_line **out)
{
	struct environment e = { .allowed = r->filter, .arena = a };
	struct address address;
	struct names names;

	e.lines = ARENA_ARRAY(a, struct message_line, VARIABLES_MAX);
	find_names(r, c, &address, &names);
	add_account(&e, &c->rights->account.user);
	add_message(&e, q, c, &names);
	e.allowed = NULL; /* what follows is the administrator's */
	add(&e, "PATH", STR(COMMANDS_PATH));
	for (size_t i = 0; i < r->exported.count; i++)
		add_exported(&e, r->exported.items[i]);
	*out = e.lines;
	return e.count;
}

/* --- The call -------------------------------------------------------------------------------- */

static int
add_folder(
    const struct command_rules *r, const struct command_call *c, struct buf *out, struct why *why)
{
	struct address address;
	struct names names;
	int result;

	find_names(r, c, &address, &names);
	result = names_expand(&names, r->folder, r->folder_filter, out, why);
	if (result < 0)
		why_prefix(why, "command_execution_directory: ");
	return result;
}

void
command_call(const struct command_rules *r, const struct request *q, const struct command_call *c,
    struct outcome *out)
{
	AUTO(arena) arena = ARENA_INIT((size_t)1024 * 1024);
	AUTO(buf) folder = BUF_INIT((size_t)4096);
	struct spawner_request user = { .uid = c->rights->account.user.uid,
		.gid = c->rights->account.user.gid };
	struct message_mailbox_command m = {
		.command = str_of(c->command),
		.shell = str_of(r->shell),
		.time_limit = r->time_limit,
		.sender = c->sender,
		.headers = c->headers,
	};
	struct why why = WHY_INIT;

	if (add_folder(r, c, &folder, &why) < 0) {
		outcome_set(out, "4.3.5", "%s", why.text);
		return;
	}
	m.folder = buf_str(&folder);
	m.environment_count = command_environment(r, q, c, &arena, &m.environment);
	mailbox_agent_command(q, &user, &m, out);
}

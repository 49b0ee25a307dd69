/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A forgotten postmap is the commonest fault with tables. Daemons see it, but have given up the
 * rights to mend it; so it is done here, where an administrator waits for the answer, by the rules of
 * postmap: as the owner of the source and its folder, never as root in a folder of others.
 *
 * Tables stand in many parameters, alone or as words of a restriction. So all values are looked
 * through for words "type:/path" of an indexed type, rather than those of a list of parameters that
 * would be incomplete soon.
 */
#include "tools/refresh.h"

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/config/param.h"
#include "lib/service/command.h"
#include "tools/index.h"

#define WORD_ENDS ", \t\r\n{}"
#define ARENA_MAX ((size_t)16 * 1024 * 1024)

struct refresh {
	const struct config *config;
	bool may_rebuild;
	struct map seen; /* names of tables */
	struct arena arena;
};

enum freshness {
	FRESH,
	STALE,
	INDEX_MISSING,
	BOTH_MISSING,
};

static enum freshness
look_at(const struct index_place *place)
{
	AUTO(buf) path = BUF_INIT(8192);
	struct file_info source, index;
	bool has_source = sys_info(place->path, &source) == 0;

	if (buf_addf(&path, "%s%s", place->path, place->format->suffix) < 0)
		return FRESH;
	if (sys_info(buf_text(&path), &index) < 0)
		return has_source ? INDEX_MISSING : BOTH_MISSING;
	return has_source && source.modified > index.modified ? STALE : FRESH;
}

static const char *
command_for(enum source_kind kind)
{
	return kind == SOURCE_ALIASES ? "postalias" : "postmap";
}

static void
tell(const char *name, const struct index_place *place, enum freshness freshness,
    enum source_kind kind)
{
	if (freshness == STALE)
		command_warn("%s%s is older than its source %s: run \"%s %s\"", place->path,
		    place->format->suffix, place->path, command_for(kind), name);
	else if (freshness == INDEX_MISSING)
		command_warn("%s%s is missing: run \"%s %s\"", place->path, place->format->suffix,
		    command_for(kind), name);
	else
		command_warn("%s: there is neither %s%s nor %s", name, place->path,
		    place->format->suffix, place->path);
}

/* Whether a table of this parameter must be there: not a cache, nor one that nothing reads yet. */
static bool
is_asked(enum param_id id)
{
	return id == PARAM_COUNT || param_at(id)->status == PARAM_STATUS_SUPPORTED;
}

static void
see_table(struct refresh *r, const char *name, enum param_id id)
{
	bool is_alias = id == PARAM_alias_maps || id == PARAM_alias_database;
	struct index_options options = { .kind = is_alias ? SOURCE_ALIASES : SOURCE_MAP,
		.from_files = id == PARAM_tls_server_sni_maps };
	bool rebuilds = config_is(r->config, PARAM_table_rebuild, "rebuild");
	struct index_place place;
	enum freshness freshness;

	if (!index_find_place(r->config, name, &place))
		return;
	freshness = look_at(&place);
	if (freshness == FRESH || (freshness == BOTH_MISSING && !is_asked(id)))
		return;
	if (r->may_rebuild && rebuilds && freshness != BOTH_MISSING) {
		if (index_make(r->config, &options, name))
			command_info("%s was made anew from its source", name);
	} else if (!r->may_rebuild || !config_is(r->config, PARAM_table_rebuild, "ignore")) {
		tell(name, &place, freshness, options.kind);
	}
}

/* A word of a value: "hash:/path", perhaps with "!", "proxy:" or "debug:" before it. */
static void
see_word(struct refresh *r, struct str word, enum param_id id)
{
	const struct str proxy = STR("proxy:"), debug = STR("debug:");
	struct str name;

	while (str_starts(word, STR("!")))
		word = str_from(word, 1);
	while (str_starts(word, proxy) || str_starts(word, debug))
		word = str_from(word, proxy.n);
	if (index_format_find(str_part(word, 0, str_index(word, ':'))) == NULL ||
	    str_index(word, ':') + 1 >= word.n || map_find(&r->seen, word) != NULL)
		return;
	name = arena_str(&r->arena, word);
	(void)map_put(&r->seen, name, r);
	see_table(r, name.p, id);
}

static void
see_value(struct refresh *r, const char *value, enum param_id id)
{
	struct str rest = str_of(value), word;

	while (str_word(&rest, WORD_ENDS, &word))
		see_word(r, word, id);
}

/* Restriction classes are parameters of the administrator's own. */
static void
see_classes(struct refresh *r)
{
	struct config_list classes = config_list(r->config, PARAM_smtpd_restriction_classes);

	for (size_t i = 0; i < classes.count; i++) {
		const char *value = config_lookup(r->config, classes.items[i].p);

		if (value != NULL)
			see_value(r, value, PARAM_COUNT);
	}
}

void
refresh_tables(const struct config *c, bool may_rebuild)
{
	struct refresh r = {
		.config = c, .may_rebuild = may_rebuild, .arena = ARENA_INIT(ARENA_MAX)
	};

	see_value(&r, config_text(c, PARAM_alias_maps), PARAM_alias_maps);
	see_value(&r, config_text(c, PARAM_alias_database), PARAM_alias_database);
	see_value(&r, config_text(c, PARAM_tls_server_sni_maps), PARAM_tls_server_sni_maps);
	for (unsigned id = 0; id < PARAM_COUNT; id++)
		see_value(&r, config_text(c, (enum param_id)id), (enum param_id)id);
	see_classes(&r);
	map_drop(&r.seen);
	arena_drop(&r.arena);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "services/pickup/pickup.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/log.h"

PARKS static int
open_socket(void *context, struct submit_call *c, int64_t deadline, struct why *why)
{
	return submit_call_open(c, context, log_program(), deadline, why);
}

int
pickup_init(struct pickup *p, const struct config *c, struct why *why)
{
	AUTO(buf) path = BUF_INIT(1024);
	int result = buf_addf(&path, "public/%s", config_text(c, PARAM_cleanup_service_name));

	if (result < 0) {
		why_set(why, "cleanup_service_name is too long");
		return result;
	}
	*p = (struct pickup){
		.open = open_socket,
		.context = mem_strdup(buf_text(&path)),
		.allow_minus = config_bool(c, PARAM_allow_min_user),
		.timeout = config_time(c, PARAM_ipc_timeout),
	};
	result = submit_options_init(&p->options, c, why);
	if (result < 0)
		return result;
	p->senders = login_senders_open(c, why);
	if (p->senders == NULL)
		return ERR_SYNTAX;
	return account_list_open(&p->users, c, PARAM_authorized_submit_users, why);
}

void
pickup_drop(struct pickup *p)
{
	account_list_close(&p->users);
	login_senders_close(p->senders);
	p->senders = NULL;
	mem_free(p->context);
	p->context = NULL;
}

# SPDX-License-Identifier: BSD-2-Clause
# Programs that measure; built by `make bench`, run by hand (tests/bench/README.md).
EXTRA_DIST += %D%/README.md %D%/run.py
BENCHES = %D%/bench_queue %D%/bench_run %D%/smtp_load
EXTRA_PROGRAMS += $(BENCHES)
CLEANFILES += $(BENCHES)
%C%_smtp_load_SOURCES = %D%/smtp_load.c

%C%_bench_queue_SOURCES = %D%/bench_queue.c
%C%_bench_queue_LDADD = $(LIB_QMGR) $(LDADD)
%C%_bench_run_SOURCES = %D%/bench_run.c
%C%_bench_run_LDADD = $(LDADD)

PHONY_TARGETS += bench
bench: $(BENCHES)

# SPDX-License-Identifier: BSD-2-Clause
LINTS = %D%/calls.py %D%/layers.py %D%/parks.py %D%/headers.py %D%/words.py
EXTRA_DIST += $(LINTS) %D%/tree.py %D%/functions.py %D%/dist.py %D%/test_lint.py %D%/test_tally.py \
	%D%/README.md \
	tests/tally.py tests/unit/test.h

PHONY_TARGETS += lint
lint:
	@cd $(srcdir) && status=0; build=$(abs_top_builddir); \
	%D%/layers.py || status=1; \
	%D%/parks.py --build "$$build" || status=1; \
	%D%/headers.py --build "$$build" || status=1; \
	%D%/words.py || status=1; \
	%D%/calls.py --build "$$build" || status=1; \
	%D%/functions.py; \
	exit $$status

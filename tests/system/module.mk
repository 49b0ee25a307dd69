# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += tests/conftest.py tests/support/instance.py tests/support/smtp.py \
	%D%/README.md

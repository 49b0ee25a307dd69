# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += \
	%D%/aliases.5 %D%/cidr_table.5 %D%/master.5 %D%/regexp_table.5
EXTRA_DIST += %D%/README.md

# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/README.md %D%/audit.h

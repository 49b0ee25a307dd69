# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/deps %D%/test %D%/quickstart %D%/gdb_tasks.py .ci/run

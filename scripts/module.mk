# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/deps %D%/test %D%/quickstart .ci/run

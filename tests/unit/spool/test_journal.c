#include "tests/unit/spool/spool_test.h"
int
main(void)
{
	return 0;
}

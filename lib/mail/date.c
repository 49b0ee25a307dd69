/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * date-time = [ day-of-week "," ] day month year time-of-day zone, RFC 5322, section 3.3. Written
 * with all parts, a day of two digits and a numeric zone: what every reader understands.
 */
#include "lib/mail/date.h"

#include "lib/base/bug.h"
#include "lib/base/calendar.h"

int
date_add(struct buf *out, int64_t wall, int64_t zone)
{
	struct calendar c;
	int minutes = (int)((zone < 0 ? -zone : zone) / TICKS_MINUTE);

	BUG_ON(zone <= -TICKS_DAY || zone >= TICKS_DAY);
	calendar_from_wall(&c, wall, zone);
	BUG_ON(c.year < 1 || c.year > 9999);
	return buf_addf(out, "%s, %02d %s %04d %02d:%02d:%02d %c%02d%02d",
	    calendar_weekday_name(c.weekday), c.day, calendar_month_name(c.month), (int)c.year,
	    c.hour, c.minute, c.second, zone < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

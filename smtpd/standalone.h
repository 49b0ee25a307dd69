/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_STANDALONE_H
#define SMTPD_STANDALONE_H

/*
 * smtpd -S [-c directory]: one session on standard input and output, with the rights of the caller
 * (sendmail -bs). Answers the exit status.
 */
int standalone_main(int argc, char **argv);

#endif

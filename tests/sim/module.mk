# SPDX-License-Identifier: BSD-2-Clause
# Real sessions and schedules on the simulated loop.

CLEANUP_SIM_TESTS = \
	tests/sim/test_cleanup_checks \
	tests/sim/test_cleanup_header \
	tests/sim/test_cleanup_map \
	tests/sim/test_cleanup_qmgr \
	tests/sim/test_cleanup_session \
	tests/sim/test_cleanup_store
check_PROGRAMS += $(CLEANUP_SIM_TESTS)
TESTS += $(CLEANUP_SIM_TESTS)
CLEANUP_SCENE = tests/sim/cleanup_scene.c tests/sim/cleanup_scene.h
CLEANUP_SIM_LDADD = $(LIB_CLEANUP) $(TEST_LDADD)
tests_sim_test_cleanup_checks_SOURCES = tests/sim/test_cleanup_checks.c $(CLEANUP_SCENE)
tests_sim_test_cleanup_checks_LDADD = $(CLEANUP_SIM_LDADD)
tests_sim_test_cleanup_header_SOURCES = tests/sim/test_cleanup_header.c $(CLEANUP_SCENE)
tests_sim_test_cleanup_header_LDADD = $(CLEANUP_SIM_LDADD)
tests_sim_test_cleanup_map_SOURCES = tests/sim/test_cleanup_map.c $(CLEANUP_SCENE)
tests_sim_test_cleanup_map_LDADD = $(CLEANUP_SIM_LDADD)
tests_sim_test_cleanup_qmgr_SOURCES = tests/sim/test_cleanup_qmgr.c $(CLEANUP_SCENE)
tests_sim_test_cleanup_qmgr_LDADD = $(CLEANUP_SIM_LDADD)
tests_sim_test_cleanup_session_SOURCES = tests/sim/test_cleanup_session.c $(CLEANUP_SCENE)
tests_sim_test_cleanup_session_LDADD = $(CLEANUP_SIM_LDADD)
tests_sim_test_cleanup_store_SOURCES = tests/sim/test_cleanup_store.c $(CLEANUP_SCENE)
tests_sim_test_cleanup_store_LDADD = $(CLEANUP_SIM_LDADD)

SMTPD_SIM_TESTS = \
	tests/sim/test_smtpd_access \
	tests/sim/test_smtpd_chunks \
	tests/sim/test_smtpd_claims \
	tests/sim/test_smtpd_clients \
	tests/sim/test_smtpd_dialogue \
	tests/sim/test_smtpd_replies \
	tests/sim/test_smtpd_limits \
	tests/sim/test_smtpd_smuggling \
	tests/sim/test_smtpd_state \
	tests/sim/test_smtpd_submission
check_PROGRAMS += $(SMTPD_SIM_TESTS)
TESTS += $(SMTPD_SIM_TESTS)
SMTPD_SCENE = tests/sim/smtpd_scene.c tests/sim/smtpd_scene.h tests/sim/smtpd_rows.h
SMTPD_SIM_LDADD = $(LIB_SMTPD) $(LIB_ANVIL) $(TEST_LDADD)
tests_sim_test_smtpd_access_SOURCES = tests/sim/test_smtpd_access.c $(SMTPD_SCENE)
tests_sim_test_smtpd_access_LDADD = $(SMTPD_SIM_LDADD)
tests_sim_test_smtpd_chunks_SOURCES = tests/sim/test_smtpd_chunks.c $(SMTPD_SCENE)
tests_sim_test_smtpd_chunks_LDADD = $(SMTPD_SIM_LDADD)
tests_sim_test_smtpd_claims_SOURCES = tests/sim/test_smtpd_claims.c $(SMTPD_SCENE)
tests_sim_test_smtpd_claims_LDADD = $(SMTPD_SIM_LDADD)
tests_sim_test_smtpd_clients_SOURCES = tests/sim/test_smtpd_clients.c $(SMTPD_SCENE)
tests_sim_test_smtpd_clients_LDADD = $(SMTPD_SIM_LDADD)
tests_sim_test_smtpd_replies_SOURCES = tests/sim/test_smtpd_replies.c $(SMTPD_SCENE)
tests_sim_test_smtpd_replies_LDADD = $(SMTPD_SIM_LDADD)
tests_sim_test_smtpd_dialogue_SOURCES = tests/sim/test_smtpd_dialogue.c $(SMTPD_SCENE)
tests_sim_test_smtpd_dialogue_LDADD = $(SMTPD_SIM_LDADD)
tests_sim_test_smtpd_limits_SOURCES = tests/sim/test_smtpd_limits.c $(SMTPD_SCENE)
tests_sim_test_smtpd_limits_LDADD = $(SMTPD_SIM_LDADD)
tests_sim_test_smtpd_smuggling_SOURCES = tests/sim/test_smtpd_smuggling.c $(SMTPD_SCENE)
tests_sim_test_smtpd_smuggling_LDADD = $(SMTPD_SIM_LDADD)
tests_sim_test_smtpd_state_SOURCES = tests/sim/test_smtpd_state.c $(SMTPD_SCENE)
tests_sim_test_smtpd_state_LDADD = $(SMTPD_SIM_LDADD)
tests_sim_test_smtpd_submission_SOURCES = tests/sim/test_smtpd_submission.c $(SMTPD_SCENE)
tests_sim_test_smtpd_submission_LDADD = $(SMTPD_SIM_LDADD)

QMGR_SIM = tests/sim/test_qmgr tests/sim/test_qmgr_storm
check_PROGRAMS += $(QMGR_SIM)
TESTS += $(QMGR_SIM)
QMGR_WORLD = tests/sim/qmgr_world.c tests/sim/qmgr_world.h
tests_sim_test_qmgr_SOURCES = tests/sim/test_qmgr.c $(QMGR_WORLD)
tests_sim_test_qmgr_LDADD = $(LIB_QMGR) $(TEST_LDADD)
tests_sim_test_qmgr_storm_SOURCES = tests/sim/test_qmgr_storm.c $(QMGR_WORLD)
tests_sim_test_qmgr_storm_LDADD = $(LIB_QMGR) $(TEST_LDADD)

SIM_PICKUP = tests/sim/test_pickup
check_PROGRAMS += $(SIM_PICKUP)
TESTS += $(SIM_PICKUP)
tests_sim_test_pickup_LDADD = $(LIB_PICKUP) $(TEST_LDADD)

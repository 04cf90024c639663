# shellcheck shell=bash
# Databases of the tests.

# shellcheck disable=SC2034
TEST_DB=leather_test
# shellcheck disable=SC2034
CORE_DB=leather_core

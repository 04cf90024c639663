# shellcheck shell=bash
# Databases of the tests.

# shellcheck disable=SC2034
TEST_DB=${LEATHER_TEST_DB:-leather_test}
# shellcheck disable=SC2034
CORE_DB=${TEST_DB}_core

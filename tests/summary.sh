#!/bin/sh
# The closing line of a test run: adds up cargo's `test result` lines.
set -eu
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
     END { printf "%d passed, %d failed, %d skipped\n", passed, failed, ignored
           exit failed > 0 || passed == 0 }' "$1"

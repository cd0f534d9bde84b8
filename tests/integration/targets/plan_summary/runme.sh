#!/usr/bin/env bash
# Copyright (c) 2026, sailpoint_community.isc contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The playbooks plan and apply over several hosts: the file of a team, a pull request, an approval, drift.

set -eux
source ../setup_simulator/start.sh
work=${simulator_dir:?}
export ANSIBLE_FORCE_COLOR=false ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_NOCOWS=1
export ISC_WORK=$work

# plan|apply VARIABLES...: with the exit status as it is, and what was told in $work/told.
run() {
    playbook=$1
    shift
    status=0
    ansible-playbook -i inventory.yml "sailpoint_community.isc.$playbook" "$@" >"$work/told" 2>&1 || status=$?
    cat "$work/told"
    return "$status"
}
fails() { if run "$@"; then exit 1; fi; }
tells() { [[ $(<"$work/told") == *"$1"* ]]; }
tells_not() { if tells "$1"; then exit 1; fi; }

# Nothing exists yet: a plan, its files, and no write.
run plan -e "plan_json=$work/plan.json" -e "plan_markdown=$work/plan.md"
tells "acme:
  + create  'Audit Feed'   it does not exist
  + create  'Ticket Sync'  it does not exist
globex:
  + create  'Globex Feed'  it does not exist
3 to create, 0 as declared"
grep --fixed-strings "| &#43; create | <code>Audit Feed</code> | it does not exist |" "$work/plan.md"
fails plan -e '{"fail_on_drift": true}'
tells "what exists is not what is declared: 3 to create"

# A strategy of the user's own ansible.cfg tells of no host before its time.
ANSIBLE_STRATEGY=free run plan
tells "3 to create, 0 as declared"
tells_not "nothing is known about it"

# What was approved is done, and nothing is left; the second time, nothing is needed any more.
run apply --check -e "plan_file=$work/plan.json"
tells "as approved in $work/plan.json: 3 to create, 0 as declared"
test ! -e "$work/acme"

# The name that plan takes is not the approval: nobody has approved what would be done.
fails apply -e "plan_json=$work/plan.json"
tells "plan_json is for the playbook plan; give the approved plan as plan_file"
for empty in '""' null; do
    fails apply -e "{\"plan_file\": $empty}"
    tells "plan_file is empty; give the path of the plan, or leave it out"
done
test ! -e "$work/acme"

run apply -e "plan_file=$work/plan.json"
tells "
as approved in $work/plan.json: 3 created, 0 as declared"
run plan -e '{"fail_on_drift": true}'
tells "nothing to do, 3 as declared"
tells_not "acme:
"
run apply -e "plan_file=$work/plan.json"
tells "approved, and not needed any more: create 'Audit Feed', create 'Ticket Sync'"
tells_not "not in this run"
run apply -e "plan_file=$work/plan.json" --limit acme,localhost
tells "! approved, and not in this run: globex
"

# Another declaration is refused as a whole; one host alone fails, and the others are whole.
more='{"tokens_defaults": {"expires_in": "90d", "scope": ["idn:accounts:read"]}}'
fails apply -e "plan_file=$work/plan.json" -e "$more"
tells "what is declared is not what the plan was approved for; nothing was done; plan again"
tells "2 of 2 hosts failed: acme, globex; the plan says why"
run plan -e "plan_json=$work/acme.json" -e "$more" --limit acme
tells "  ~ change  'Audit Feed'   scope: +idn:accounts:read -idn:sources:read"
fails apply -e "plan_file=$work/acme.json" -e "$more"
tells "approves nothing for globex, which is not in it; nothing was done; plan again"
tells "2 changed, 1 failed, 0 as declared"

# A night does what is due, and nothing that somebody has declared since and nobody has approved.
fails apply -e only_due=true
tells "patch 'Audit Feed', scope: +idn:sources:read -idn:accounts:read (scope differs): this is more than what is due, and only_due allows nothing else; nothing was done to the token; plan again"
fails apply -e "plan_file=$work/plan.json" -e only_due=true
tells "approved and only_due exclude each other"

# What the inventory limits a host to holds for apply as it does for plan; apply's own variable beats it.
printf 'all:\n  hosts:\n    acme:\n      tokens_only_due: true\n' >"$work/guard.yml"
for playbook in plan apply; do
    fails "$playbook" -i "$work/guard.yml"
    tells "patch 'Audit Feed', scope: +idn:sources:read -idn:accounts:read (scope differs): this is more than what is due"
done
tells "
only what is due or without an approved plan: 2 failed, 1 as declared"
run apply --check -i "$work/guard.yml" -e only_due=false
tells "2 to change, 1 as declared"
printf 'all:\n  vars:\n    tokens_plan_file: %s\n' "$work/plan.json" >"$work/guard.yml"
fails apply -i "$work/guard.yml"
tells "this was not approved"
tells "
as approved in $work/plan.json: 2 failed, 1 as declared"

# The world changes between plan and apply: the step does not fit any more.
run plan -e "plan_json=$work/plan.json"
tells "2 to change, 1 as declared"
ansible-playbook -i inventory.yml meddle.yml
fails apply -e "plan_file=$work/plan.json"
tells "personal access token 'Audit Feed': patch 'Audit Feed', scope: +idn:sources:read -idn:identities:read (scope differs): this was not approved (approved: scope: +idn:sources:read -idn:accounts:read); nothing was done to the token; plan again"
tells "  ~ change  'Ticket Sync'  scope: +idn:sources:read -idn:accounts:read"
run apply
tells "
without an approved plan: 1 changed, 2 as declared"
run plan -e '{"fail_on_drift": true}'
# A plan_json of the inventory, which is for plan, stops no night.
run apply -e only_due=true -e "plan_json=$work/plan.json"
tells "only what is due: nothing to do, 3 as declared"

# What stops the run at its end is found before it begins.
fails plan -e plan_markdown=/dev/null/plan.md
tells "markdown /dev/null/plan.md cannot be written: /dev/null is not a folder that the user can write to; nothing was done"
tells_not "Plan the tokens]"
for playbook in plan apply; do
    fails "$playbook" -e plan_hosts=acmee
    tells "plan_hosts and --limit leave no host of the inventory"
    fails "$playbook" -e plan_hosts=acmee --tags fake
    tells "plan_hosts and --limit leave no host of the inventory"
    fails "$playbook" -e plan_hosts=acme --limit globex
    tells "plan_hosts and --limit leave no host of the inventory"
done
# A misspelt inventory is not localhost with the credentials of the environment.
nowhere="has no host; give an inventory that exists, or leave -i out for localhost"
for playbook in plan apply report; do
    status=0
    ansible-playbook -i "$work/typo.yml" "sailpoint_community.isc.$playbook" >"$work/told" 2>&1 || status=$?
    test "$status" != 0
    tells "the inventory $work/typo.yml $nowhere"
    tells_not "given in time"
done
# Without -i, it is localhost, whether or not /etc/ansible/hosts exists.
ansible-playbook sailpoint_community.isc.report
# A variable of the inventory comes too late to choose the hosts: it would be ignored, and all hosts changed.
printf 'all:\n  vars:\n    plan_hosts: acme\n' >"$work/late.yml"
for playbook in plan apply; do
    fails "$playbook" -i "$work/late.yml"
    tells "plan_hosts of the inventory comes too late to choose the hosts; give it with -e plan_hosts=PATTERN"
    tells_not "TASK [Show"
    run "$playbook" -i "$work/late.yml" -e plan_hosts=acme
done
fails plan -e drift_ignores=rotation
tells "value of drift_ignores must be one or more of: rotate, retire"
tells_not "Plan the tokens]"
tells_not "Keep the tokens"
fails apply -e "plan_file=$work/plan.md"
tells "is no plan: give the file that plan_json has written"

# A host that cannot be planned has its line, and the plan of the other is whole.
fails plan -e '{"tokens_connection": {"base_url": "{{ (inventory_hostname == \"acme\") | ternary(\"ftp://x\", omit) }}"}}'
tells "acme:
  x failed  base_url 'ftp://x' is not a valid address"
tells "1 failed, 1 as declared"
tells "1 of 2 hosts failed: acme; the plan says why"

# Where the arguments are wrong on every host, the summary comes all the same.
for playbook in plan apply; do
    fails "$playbook" -e '{"tokens_declared": "Audit Feed"}'
    tells "acme:
  x failed  Validation of arguments failed: "
    tells "2 of 2 hosts failed: acme, globex; the plan says why"
done

# One host with wrong arguments holds back no other, whatever ansible.cfg says.
for playbook in plan apply; do
    ANSIBLE_ANY_ERRORS_FATAL=true fails "$playbook" \
        -e '{"tokens_declared": "{{ (inventory_hostname == \"acme\") | ternary(\"A\", [{\"name\": \"Globex Feed\"}]) }}"}'
    tells "1 of 2 hosts failed: acme; the plan says why"
    tells "1 failed, 1 as declared"
done

# A broken host of another connection is not reached.
fails plan -e '{"plan_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}'
tells "2 of 2 hosts failed: acme, globex"

#!/bin/sh
# Makes a network of COUNT validators on one machine: their keys, and a genesis block that funds the
# recorder. Existing files stay; the file of peers names every validator that has a key.
# Runs as root in Bilum's image: make-network.sh COUNT
set -eu

count=$1
network=${NETWORK:-/network}
keystore=${KEYSTORE:-/run/secrets/signer-keystore}
besu=${BESU_USER:-1000:1000} # of Besu's image

# An older version kept the key of its single validator here.
if [ -e "$network/validator.key" ]; then
    mkdir -p "$network/1"
    mv "$network/validator.key" "$network/1/validator.key"
fi

validators=
number=1
while [ "$number" -le "$count" ] || [ -e "$network/$number/validator.key" ]; do
    mkdir -p "$network/$number"
    enode=$(bilum ledger network key "$network/$number/validator.key" --host "$VALIDATORS_NET.1$number")
    validators="$validators $enode"
    number=$((number + 1))
done

if [ ! -e "$network/genesis.json" ]; then
    recorder=$(grep -oiE '"address": *"(0x)?[0-9a-f]{40}"' "$keystore" | grep -oiE '[0-9a-f]{40}')
    # shellcheck disable=SC2086 # each is a word
    bilum ledger network genesis "$network/genesis.json" --chain-id 675001 --fund "$recorder" $validators
fi
# shellcheck disable=SC2086
bilum ledger network peers "$network/static-nodes.json" $validators
chown -R "$besu" "$network"

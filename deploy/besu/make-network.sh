#!/bin/bash
# Makes a network of one validator: its key, and a genesis block that funds the recorder.
# Runs in Besu's image. The genesis file is written last: where it is, the network is whole.
set -euo pipefail

keystore=/run/secrets/signer-keystore
network=/network

if [ -e "$network/genesis.json" ]; then
    exit 0
fi

recorder=$(grep -oiE '"address": *"(0x)?[0-9a-f]{40}"' "$keystore" | grep -oiE '[0-9a-f]{40}')
made=$(mktemp -d)
sed "s/RECORDER/$recorder/" "$(dirname "$0")/network.json" > "$made/network.json"
besu operator generate-blockchain-config --config-file="$made/network.json" --to="$made/out"

cp "$made"/out/keys/*/key.priv "$network/validator.key"
chown -R besu:besu "$network"
cp -p "$made/out/genesis.json" "$network/genesis.new"
chown besu:besu "$network/genesis.new"
mv "$network/genesis.new" "$network/genesis.json"

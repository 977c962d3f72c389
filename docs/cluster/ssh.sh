#!/bin/bash
# One model on the four machines of the file hosts, which this one reaches by ssh without a password. The program and
# the text lie at the same place on each; the model is written here.
cd "$(dirname "$0")" || exit
exec mpirun --hostfile hosts --map-by ppr:1:node --bind-to none \
    --mca btl_tcp_if_include 10.0.0.0/24 --mca odls_base_sigkill_timeout 10 \
    recurrent train /data/big.txt --shards 16 --batch 1024 --out /data/big.safetensors --resume auto

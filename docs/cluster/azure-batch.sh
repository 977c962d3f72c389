#!/bin/bash
# One model on four machines of an Azure Batch pool with communication between nodes, whose image holds recurrent and
# openmpi-bin. Where one machine fails, the task ends and is tried again, and goes on from the checkpoint.
az batch task create --job-id recurrent --json-file /dev/stdin << 'END'
{
  "id": "train",
  "commandLine": "bash -c 'mpirun --host $AZ_BATCH_HOST_LIST --map-by ppr:1:node --bind-to none recurrent train $AZ_BATCH_NODE_SHARED_DIR/big.txt --shards 8 --batch 512 --out $AZ_BATCH_NODE_SHARED_DIR/big.safetensors --resume auto'",
  "constraints": { "maxTaskRetryCount": 6 },
  "multiInstanceSettings": {
    "numberOfInstances": 4,
    "coordinationCommandLine": "bash -c 'cp /mnt/data/big.txt $AZ_BATCH_NODE_SHARED_DIR'"
  }
}
END

#!/bin/bash
# One model on 16 machines: sbatch slurm-train.sh. Three minutes before the time is up, SIGUSR1 makes all ranks stop
# after the same minibatch and save; the job then asks for its next turn, and goes on there.
#SBATCH --job-name=recurrent
#SBATCH --nodes=16 --ntasks-per-node=1 --cpus-per-task=64 --exclusive
#SBATCH --time=24:00:00 --signal=USR1@180 --open-mode=append
export OMPI_MCA_btl_tcp_if_include=10.0.0.0/16 # the cluster's network
srun --mpi=pmix --cpu-bind=none recurrent train /data/big.txt --shards 16 --batch 1024 \
    --out /data/big.safetensors --resume auto
code=$?
[ "$code" -eq 138 ] && scontrol requeue "$SLURM_JOB_ID" # 128 + SIGUSR1
exit "$code"

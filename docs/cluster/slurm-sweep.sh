#!/bin/bash
# A hundred models, twenty at a time, each by a process of its own: sbatch slurm-sweep.sh. Given again, it trains what
# is missing.
#SBATCH --job-name=sweep
#SBATCH --array=1-100%20 --ntasks=1 --cpus-per-task=8 --time=04:00:00
mkdir -p runs
recurrent train /data/my.txt --seed "$SLURM_ARRAY_TASK_ID" --threads "$SLURM_CPUS_PER_TASK" \
    --out "runs/$SLURM_ARRAY_TASK_ID.safetensors" --resume auto --json >> "runs/$SLURM_ARRAY_TASK_ID.jsonl"

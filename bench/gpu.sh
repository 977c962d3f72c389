#!/bin/sh
# Everything that needs an NVIDIA card, in under ten minutes:
#
#     bench/gpu.sh [RESULTS]              on a machine with a card and the .NET SDK, or from a packed folder
#     bench/gpu.sh --pack FOLDER          makes a folder for a Linux machine with a card and without .NET
#     bench/gpu.sh --quick [RESULTS]      without the speeds: programs and bits alone
#     bench/gpu.sh --sanitize [RESULTS]   two trainings under compute-sanitizer: addresses and races
#
# In the folder RESULTS (gpu-results by default) are then: the programs (PTX), what NVIDIA's assembler says of them
# where it is installed (ptxas.txt), which trainings come to the CPU's bits (check.txt), speeds with those of PyTorch and
# cuDNN where it is installed (speed.jsonl), the time of each program (profile.txt), what went wrong (errors.txt), and
# the table for docs/gpu.md (table.md). Ends with 1 where a bit differs or a program is refused.
set -u
here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" = --pack ]; then
    folder=${2:?"name the folder to make"}
    dotnet publish "$here/Recurrent.Gpu" -c Release -r linux-x64 --self-contained -v q --nologo \
        -p:DebugType=none -p:PublishDocumentationFiles=false -o "$folder/Recurrent.Gpu" || exit
    cp "$here/gpu.sh" "$here/pytorch_gpu.py" "$folder"
    exit
fi

mode=
case "${1:-}" in
--quick | --sanitize)
    mode=$1
    shift
    ;;
esac
results=${1:-gpu-results}
mkdir -p "$results"
program=$here/Recurrent.Gpu/Recurrent.Gpu
if [ ! -x "$program" ]; then
    dotnet build -c Release -v q --nologo "$here/Recurrent.Gpu" || exit
    program=$here/Recurrent.Gpu/bin/Release/net10.0/Recurrent.Gpu
fi
status=0

say() { echo "[$(date +%T)] $*"; }

{
    date +%F
    nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv,noheader
    grep -m 1 'model name' /proc/cpuinfo | sed 's/.*: //'
    echo "$(nproc) processors"
} > "$results/machine.txt" 2>&1
cat "$results/machine.txt"

if [ "$mode" = --sanitize ]; then
    for tool in memcheck racecheck; do
        for name in rnn-relu lstm; do
            say "$tool of $name"
            timeout 100 compute-sanitizer --tool $tool --error-exitcode 9 "$program" check $name \
                > "$results/$tool-$name.txt" 2>&1 || status=1
            tail -n 20 "$results/$tool-$name.txt"
        done
    done
    exit $status
fi

say programs
timeout 60 "$program" programs "$results/programs" 2>&1

assembler=$(command -v ptxas || ls /usr/local/cuda/bin/ptxas 2> /dev/null)
if [ -n "$assembler" ]; then
    capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d .)
    say "ptxas for sm_$capability"
    for ptx in "$results"/programs/*.ptx; do echo "$ptx"; done |
        timeout 120 xargs -P "$(nproc)" -I {} sh -c \
            '"$1" -arch="sm_$2" -v "$3" -o /dev/null > "$3.log" 2>&1 || echo "REFUSED" >> "$3.log"' \
            - "$assembler" "$capability" {}
    for ptx in "$results"/programs/*.ptx; do
        echo "== $(basename "$ptx" .ptx)"
        grep -v -e 'Compiling entry' -e 'Function properties' -e '^$' "$ptx.log"
        rm "$ptx.log"
    done > "$results/ptxas.txt"
    if grep -q REFUSED "$results/ptxas.txt"; then
        status=1
        grep -B 8 REFUSED "$results/ptxas.txt" | head -n 60
    fi
    grep -e '[1-9][0-9]* bytes spill' -B 2 "$results/ptxas.txt" | head -n 20
    if [ "$(ls "$results/programs" | wc -l)" -gt 0 ]; then
        tar czf "$results/programs.tar.gz" -C "$results" programs && rm -r "$results/programs"
    fi
fi

say "the same bits"
timeout 150 "$program" check > "$results/check.txt" 2> "$results/errors.txt" || status=1
cat "$results/check.txt"

if [ -z "$mode" ]; then
    say speed
    timeout 120 "$program" speed 2>> "$results/errors.txt" | tee "$results/speed.jsonl"
    say profiles
    for row in rnn-256 lstm-1024; do timeout 30 "$program" profile $row 2>&1; done | tee "$results/profile.txt"
    if python3 -c 'import torch; assert torch.cuda.is_available()' 2> /dev/null; then
        say "PyTorch with cuDNN"
        timeout 120 python3 "$here/pytorch_gpu.py" 2>> "$results/errors.txt" | tee -a "$results/speed.jsonl"
    fi
fi
"$program" table "$results" > "$results/table.md"
say "done"
cat "$results/table.md"
exit $status

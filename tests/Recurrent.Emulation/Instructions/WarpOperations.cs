using System.Numerics;
using Recurrent.Emulation.Machine;

namespace Recurrent.Emulation.Instructions;

/// <summary>The instructions by which the threads of a warp work together, and those of time.</summary>
internal static unsafe class WarpOperations
{
    /// <summary>How a lane finds the one that it reads from.</summary>
    internal enum Shuffle
    {
        Up,
        Down,
        Butterfly,
        Index,
    }

    public static void Shuffled(Warp w, Instruction* i, uint mask)
    {
        uint* source = w.Row<uint>(i->A),
            offset = w.Row<uint>(i->B),
            clamp = w.Row<uint>(i->C),
            members = w.Row<uint>(i->V[0]),
            destination = w.Row<uint>(i->D);
        var result = stackalloc uint[32];
        var within = 0u;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            if (members[lane] != mask)
            {
                throw w.Failure(i, $"lanes {mask:x} come here together, but the members are {members[lane]:x}", lane);
            }
            int b = (int)(offset[lane] & 31),
                bound = (int)(clamp[lane] & 31),
                segment = (int)((clamp[lane] >> 8) & 31);
            var last = (lane & segment) | (bound & ~segment & 31);
            var least = lane & segment;
            var (from, valid) = (Shuffle)i->Target switch
            {
                Shuffle.Up => (lane - b, lane - b >= last),
                Shuffle.Down => (lane + b, lane + b <= last),
                Shuffle.Butterfly => (lane ^ b, (lane ^ b) <= last),
                _ => (least | (b & ~segment & 31), (least | (b & ~segment & 31)) <= last),
            };
            from = valid ? from : lane;
            if (((mask >> from) & 1) == 0)
            {
                throw w.Failure(i, $"it reads from lane {from}, which is not here", lane);
            }
            within |= valid ? 1u << lane : 0;
            result[lane] = source[from];
        }
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            destination[lane] = result[lane];
        }
        if (i->Other >= 0)
        {
            Lanes.PutPredicate(w, i->Other, within, mask);
        }
    }

    /// <summary>The threads of a warp wait for each other.</summary>
    public static void MeetInWarp(Warp w, Instruction* i, uint mask)
    {
        if (*w.Row<uint>(i->A) != mask)
        {
            throw w.Failure(i, $"lanes {mask:x} come here together, but the members are {*w.Row<uint>(i->A):x}");
        }
        w.Tick();
    }

    /// <summary>Nanoseconds since the launch; every instruction takes one.</summary>
    public static void Clock(Warp w, Instruction* i, uint mask)
    {
        var time = (ulong)w.Block.Launch.Nanoseconds;
        for (; mask != 0; mask &= mask - 1)
        {
            w.Row<ulong>(i->D)[BitOperations.TrailingZeroCount(mask)] = time;
        }
    }

    public static void Sleep(Warp w, Instruction* i, uint mask) =>
        w.Block.Launch.Slept += w.Row<uint>(i->A)[BitOperations.TrailingZeroCount(mask)];

    public static void Nothing(Warp w, Instruction* i, uint mask) { }

    /// <summary>Two words become one of 64 bits.</summary>
    public static void Pack(Warp w, Instruction* i, uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            w.Row<ulong>(i->D)[lane] = w.Row<uint>(i->V[0])[lane] | ((ulong)w.Row<uint>(i->V[1])[lane] << 32);
        }
    }

    /// <summary>64 bits become two words.</summary>
    public static void Unpack(Warp w, Instruction* i, uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var value = w.Row<ulong>(i->A)[lane];
            w.Row<uint>(i->V[0])[lane] = (uint)value;
            w.Row<uint>(i->V[1])[lane] = (uint)(value >> 32);
        }
    }

    /// <summary>
    /// D = A·B + C of 16×8 by 8×8 by the fragment layouts of m16n8k8 for TF32. The order of a tensor core's sum is not
    /// documented: only results within a tolerance can be compared.
    /// </summary>
    public static void MultiplyTiles(Warp w, Instruction* i, uint mask)
    {
        if (mask != uint.MaxValue)
        {
            throw w.Failure(i, "not all threads of the warp come here together");
        }
        float* a = stackalloc float[128],
            b = stackalloc float[64],
            d = stackalloc float[128];
        float Tensor(int row, int lane) => BitConverter.UInt32BitsToSingle(w.Row<uint>(row)[lane] & 0xFFFFE000);
        for (var lane = 0; lane < 32; lane++)
        {
            int g = lane >> 2,
                q = lane & 3;
            for (var k = 0; k < 4; k++)
            {
                a[((g + (k % 2 * 8)) * 8) + q + (k / 2 * 4)] = Tensor(i->V[4 + k], lane);
                d[((g + (k / 2 * 8)) * 8) + (2 * q) + (k % 2)] = w.Row<float>(i->V[10 + k])[lane];
            }
            b[(q * 8) + g] = Tensor(i->V[8], lane);
            b[((q + 4) * 8) + g] = Tensor(i->V[9], lane);
        }
        for (var row = 0; row < 16; row++)
        {
            for (var column = 0; column < 8; column++)
            {
                var sum = d[(row * 8) + column];
                for (var k = 0; k < 8; k++)
                {
                    sum += a[(row * 8) + k] * b[(k * 8) + column];
                }
                d[(row * 8) + column] = Nan.Canonical(sum);
            }
        }
        for (var lane = 0; lane < 32; lane++)
        {
            for (var k = 0; k < 4; k++)
            {
                w.Row<float>(i->V[k])[lane] = d[(((lane >> 2) + (k / 2 * 8)) * 8) + (2 * (lane & 3)) + (k % 2)];
            }
        }
    }
}

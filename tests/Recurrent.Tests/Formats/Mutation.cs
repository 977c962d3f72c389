using System.Buffers.Binary;
using System.Text;
using Recurrent.Randomness;

namespace Recurrent.Tests.Formats;

/// <summary>Damages safetensors files as disks, transfers and malice do.</summary>
internal static class Mutation
{
    private const int PrefixLength = 8;

    private static readonly string[] Numbers =
    [
        "0",
        "-1",
        "3",
        "1e9",
        "0.5",
        "16384",
        "2147483647",
        "2147483648",
        "9223372036854775807",
        "18446744073709551616",
        "99999999999999999999999999999999",
        "1e999",
    ];

    private static readonly string[] Texts = ["\"", "\\", "{", "}", "[", "]", ",", ":", "null", "\\uD800", "\0", "é"];

    /// <summary>A damaged copy.</summary>
    /// <param name="file">A whole file.</param>
    /// <param name="other">
    /// Another one, whose header may come before the first one's data, or part of it into its header.
    /// </param>
    /// <param name="random">Decides the damage.</param>
    public static byte[] Of(byte[] file, byte[] other, RandomStream random)
    {
        var drawn = 0UL;
        int Below(int bound) => random.Below(bound, drawn++);

        var (header, data) = Split(file);
        var mutated = file.ToArray();
        switch (Below(9))
        {
            case 0: // some bits anywhere
                for (var flips = 1 + Below(8); flips > 0; flips--)
                {
                    mutated[Below(mutated.Length)] ^= (byte)(1 << Below(8));
                }
                return mutated;
            case 1: // a bit of the weights
                mutated[^(1 + Below(data.Length))] ^= (byte)(1 << Below(8));
                return mutated;
            case 2: // an end too soon
                return file[..Below(file.Length)];
            case 3: // another header length
                BinaryPrimitives.WriteUInt64LittleEndian(
                    mutated,
                    Below(2) == 0 ? (ulong)Below(2 * file.Length) : (ulong)random.UInt32(drawn++) << Below(33)
                );
                return mutated;
            case 4: // a number that is another
            {
                var text = Encoding.UTF8.GetString(header);
                var digits = Enumerable.Range(0, text.Length).Where(at => char.IsAsciiDigit(text[at])).ToArray();
                var first = digits[Below(digits.Length)];
                var past = first;
                while (char.IsAsciiDigit(text[past]))
                {
                    past++;
                }
                var number = Numbers[Below(Numbers.Length)];
                return Join(Encoding.UTF8.GetBytes(text[..first] + number + text[past..]), data);
            }
            case 5: // a header with something more or less
            {
                var at = Below(header.Length);
                var cut = Below(2) == 0 ? 0 : Below(Math.Min(20, header.Length - at));
                var added = Encoding.UTF8.GetBytes(Texts[Below(Texts.Length)]);
                return Join([.. header[..at], .. added, .. header[(at + cut)..]], data);
            }
            case 6: // a piece of the header in another place
            {
                var (from, length, to) = (Below(header.Length), Below(60), Below(header.Length));
                var piece = header.Skip(from).Take(length);
                return Join([.. header[..to], .. piece, .. header[to..]], data);
            }
            case 7: // a header spliced from two, or all of another
            {
                var (strange, _) = Split(other);
                var (here, there) = (Below(header.Length), Below(strange.Length));
                return Below(4) == 0 ? Join(strange, data) : Join([.. header[..here], .. strange[there..]], data);
            }
            default: // bytes too many
                return [.. file, .. file[..(1 + Below(file.Length))]];
        }
    }

    private static (byte[] Header, byte[] Data) Split(byte[] file)
    {
        var past = PrefixLength + (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        return (file[PrefixLength..past], file[past..]);
    }

    private static byte[] Join(byte[] header, byte[] data)
    {
        var prefix = new byte[PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        return [.. prefix, .. header, .. data];
    }
}

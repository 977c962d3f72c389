using System.Text.RegularExpressions;

namespace Recurrent.Kernels.Gpu;

/// <summary>
/// Which of a program's parameters are addresses that it reads from or writes to, found from its text: an address
/// comes from a parameter by moves, additions and choices.
/// </summary>
internal sealed partial class PtxAccess
{
    private const int Timeout = 60_000; // ms, never needed: none of the patterns looks back far

    private readonly Dictionary<string, ulong> _origins = []; // parameters that an address register may come from
    private bool _hasChanged;

    /// <summary>Looks through a program.</summary>
    public PtxAccess(string text)
    {
        var instructions = Instruction().Matches(text);
        do
        {
            _hasChanged = false;
            foreach (Match instruction in instructions)
            {
                Follow(instruction.Groups["operation"].Value, instruction.Groups["operands"].Value);
            }
        } while (_hasChanged);
    }

    /// <summary>A bit for each parameter that is read from.</summary>
    public ulong Reads { get; private set; }

    /// <summary>A bit for each parameter that is written to.</summary>
    public ulong Writes { get; private set; }

    private void Follow(string operation, string operands)
    {
        if (operation == "ld.param.u64")
        {
            var parameter = int.Parse(Parameter().Match(operands).Groups["number"].ValueSpan, null);
            Add(Register().Match(operands).Value, 1UL << parameter);
            return;
        }
        var all = 0UL;
        foreach (var place in Place().EnumerateMatches(operands))
        {
            all |= OriginOf(Register().Match(operands, place.Index, place.Length).Value);
        }
        if (operation.Contains(".global", StringComparison.Ordinal))
        {
            var isAtomic =
                operation.StartsWith("atom", StringComparison.Ordinal)
                || operation.StartsWith("red", StringComparison.Ordinal);
            var isStore = operation.StartsWith("st", StringComparison.Ordinal);
            Reads |= isStore ? 0 : all;
            Writes |= isStore || isAtomic ? all : 0;
        }
        else if (
            operation.EndsWith("64", StringComparison.Ordinal)
            || operation.StartsWith("mad.wide", StringComparison.Ordinal)
        )
        {
            var registers = Register().Matches(operands);
            foreach (var register in registers.Skip(1))
            {
                Add(registers[0].Value, OriginOf(register.Value));
            }
        }
    }

    private ulong OriginOf(string register) => _origins.GetValueOrDefault(register);

    private void Add(string register, ulong origins)
    {
        var before = OriginOf(register);
        _hasChanged |= (before | origins) != before;
        _origins[register] = before | origins;
    }

    [GeneratedRegex(
        @"^\t(@!?%\w+ )?(?<operation>[a-z][\w.:]*) (?<operands>.*);",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        Timeout
    )]
    private static partial Regex Instruction();

    [GeneratedRegex(@"%l\d+", RegexOptions.None, Timeout)]
    private static partial Regex Register();

    [GeneratedRegex(@"\[%l\d+", RegexOptions.None, Timeout)]
    private static partial Regex Place();

    [GeneratedRegex(@"\[p(?<number>\d+)", RegexOptions.None, Timeout)]
    private static partial Regex Parameter();
}

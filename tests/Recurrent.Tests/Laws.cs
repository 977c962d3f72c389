using FsCheck;
using FsCheck.Fluent;

namespace Recurrent.Tests;

/// <summary>Checks laws on generated values that are the same in every run.</summary>
internal static class Laws
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithReplay(0x5EED, 0xC0DE | 1);

    /// <summary>
    /// Throws, with the shrunk counterexample, unless the law holds for every generated value.
    /// </summary>
    public static void Hold<T>(Gen<T> values, Func<T, bool> law) => Prop.ForAll(values.ToArbitrary(), law).Check(Fixed);

    /// <summary>Throws unless the assertions pass for every generated value.</summary>
    public static void Hold<T>(Gen<T> values, Action<T> law) => Prop.ForAll(values.ToArbitrary(), law).Check(Fixed);
}

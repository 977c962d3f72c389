namespace Recurrent.Kernels.Gpu;

/// <summary>A place in a card's memory, or in the shared memory of a block.</summary>
/// <param name="Register">The register of the address.</param>
/// <param name="Offset">Bytes that come on top of it.</param>
/// <param name="ElementBytes">Bytes of a value.</param>
/// <param name="IsShared">Whether the memory is the block's.</param>
internal readonly record struct PtxPointer(string Register, int Offset, int ElementBytes, bool IsShared)
{
    private static PtxWriter Writer => PtxWriter.Current;

    private string Space => IsShared ? "shared" : "global";

    /// <summary>The type of an address.</summary>
    internal string Type => IsShared ? "u32" : "u64";

    /// <summary>The place of a value that stands a number of values further on.</summary>
    public static PtxPointer operator +(PtxPointer pointer, PtxInt count)
    {
        if (count.IsConstant)
        {
            var bytes = int.Parse(count.Text, System.Globalization.CultureInfo.InvariantCulture) * pointer.ElementBytes;
            return pointer with { Offset = pointer.Offset + bytes };
        }
        if (pointer.IsShared)
        {
            var near = Writer.NewInt();
            Writer.Line($"mad.lo.s32 {near}, {count}, {pointer.ElementBytes}, {pointer.Register}");
            return pointer with { Register = near };
        }
        var far = Writer.NewLong();
        Writer.Line($"mad.wide.s32 {far}, {count}, {pointer.ElementBytes}, {pointer.Register}");
        return pointer with { Register = far };
    }

    /// <summary>The same place without an offset.</summary>
    public PtxPointer Settled()
    {
        if (Offset == 0)
        {
            return this;
        }
        var register = IsShared ? Writer.NewInt() : Writer.NewLong();
        Writer.Line($"add.s{(IsShared ? 32 : 64)} {register}, {Register}, {Offset}");
        return this with { Register = register, Offset = 0 };
    }

    /// <summary>The operand of a load or a store.</summary>
    public string At(int bytes) => $"{Register}+{Offset + bytes}";

    /// <summary>Reads a float32.</summary>
    public PtxVector Load()
    {
        var result = Writer.NewFloat();
        Writer.Line($"ld.{Space}.f32 {result.Text}, [{At(0)}]");
        return result;
    }

    /// <summary>Reads a float32 into a variable.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="condition">Where it does not hold, the variable keeps its value; null: everywhere.</param>
    public void LoadInto(PtxVector variable, PtxPredicate? condition = null) => LoadInto([variable], condition);

    /// <summary>Reads one, two or four float32 into variables, at a multiple of their bytes.</summary>
    /// <param name="variables">The variables.</param>
    /// <param name="condition">Where it does not hold, the variables keep their values; null: everywhere.</param>
    public void LoadInto(ReadOnlySpan<PtxVector> variables, PtxPredicate? condition = null)
    {
        var guard = condition is { } predicate ? $"@{predicate.Register} " : "";
        Writer.Line($"{guard}ld.{Space}{WidthOf(variables)}.f32 {ListOf(variables)}, [{At(0)}]");
    }

    /// <summary>Reads a 32-bit integer into a variable.</summary>
    public void LoadInto(PtxInt variable) => Writer.Line($"ld.{Space}.u32 {variable}, [{At(0)}]");

    /// <summary>Reads four float32 at a multiple of 16 bytes.</summary>
    /// <param name="condition">Where it does not hold, the values are any; null: everywhere.</param>
    public PtxVector[] LoadFour(PtxPredicate? condition = null)
    {
        PtxVector[] values = [Writer.NewFloat(), Writer.NewFloat(), Writer.NewFloat(), Writer.NewFloat()];
        LoadInto(values, condition);
        return values;
    }

    /// <summary>Reads a float32 that another block has written in the same launch.</summary>
    public PtxVector LoadFresh()
    {
        var result = Writer.NewFloat();
        Writer.Line($"ld.global.cg.f32 {result.Text}, [{At(0)}]");
        return result;
    }

    /// <summary>Reads four float32, likewise, into variables, at a multiple of 16 bytes.</summary>
    public void LoadFourFreshInto(ReadOnlySpan<PtxVector> variables) =>
        Writer.Line($"ld.global.cg.v4.f32 {ListOf(variables)}, [{At(0)}]");

    /// <summary>Reads a 32-bit integer.</summary>
    public PtxInt LoadInt()
    {
        var result = Writer.NewInt();
        Writer.Line($"ld.{Space}.u32 {result}, [{At(0)}]");
        return new(result);
    }

    /// <summary>Reads a float64.</summary>
    public PtxDouble LoadDouble()
    {
        var result = Writer.NewDouble();
        Writer.Line($"ld.{Space}.f64 {result}, [{At(0)}]");
        return new(result);
    }

    /// <summary>Writes a float32.</summary>
    public void Store(PtxVector value) => Writer.Line($"st.{Space}.f32 [{At(0)}], {value.InRegister().Text}");

    /// <summary>Writes four float32 at a multiple of 16 bytes.</summary>
    public void StoreFour(PtxVector a, PtxVector b, PtxVector c, PtxVector d) =>
        Writer.Line(
            $"st.{Space}.v4.f32 [{At(0)}], {ListOf(a.InRegister(), b.InRegister(), c.InRegister(), d.InRegister())}"
        );

    /// <summary>Writes one, two or four float32 of registers, at a multiple of their bytes.</summary>
    public void Store(ReadOnlySpan<PtxVector> values) =>
        Writer.Line($"st.{Space}{WidthOf(values)}.f32 [{At(0)}], {ListOf(values)}");

    /// <summary>Writes a 32-bit integer.</summary>
    public void Store(PtxInt value) => Writer.Line($"st.{Space}.u32 [{At(0)}], {value.InRegister()}");

    /// <summary>Writes a float64.</summary>
    public void Store(PtxDouble value) => Writer.Line($"st.{Space}.f64 [{At(0)}], {value.InRegister()}");

    /// <summary>Reads a float32 where a condition holds, and takes another value elsewhere.</summary>
    public PtxVector LoadIf(PtxPredicate condition, PtxVector otherwise = default)
    {
        var result = Writer.Variable(otherwise);
        LoadInto(result, condition);
        return result;
    }

    /// <summary>Reads a 32-bit integer where a condition holds, and takes another value elsewhere.</summary>
    public PtxInt LoadIntIf(PtxPredicate condition, PtxInt otherwise)
    {
        var result = Writer.Variable(otherwise);
        Writer.Line($"@{condition.Register} ld.{Space}.u32 {result}, [{At(0)}]");
        return result;
    }

    /// <summary>Writes a float32 where a condition holds.</summary>
    public void StoreIf(PtxPredicate condition, PtxVector value)
    {
        value = value.InRegister();
        Writer.Line($"@{condition.Register} st.{Space}.f32 [{At(0)}], {value.Text}");
    }

    /// <inheritdoc cref="StoreIf(PtxPredicate, PtxVector)"/>
    public void StoreIf(PtxPredicate condition, PtxInt value)
    {
        value = value.InRegister();
        Writer.Line($"@{condition.Register} st.{Space}.u32 [{At(0)}], {value}");
    }

    /// <summary>
    /// Adds one to a counter that blocks share: whoever gets a higher number sees what the block had written before.
    /// </summary>
    /// <returns>What the counter was.</returns>
    public PtxInt CountUp()
    {
        var result = Writer.NewInt();
        Writer.Line($"atom.acq_rel.gpu.global.add.u32 {result}, [{At(0)}], 1");
        return new(result);
    }

    private static string WidthOf(ReadOnlySpan<PtxVector> values) => values.Length == 1 ? "" : $".v{values.Length}";

    private static string ListOf(params ReadOnlySpan<PtxVector> values) =>
        values.Length switch
        {
            1 => values[0].Text,
            2 => $"{{{values[0].Text}, {values[1].Text}}}",
            _ => $"{{{values[0].Text}, {values[1].Text}, {values[2].Text}, {values[3].Text}}}",
        };
}

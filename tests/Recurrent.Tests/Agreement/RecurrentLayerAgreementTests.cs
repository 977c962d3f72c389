using System.Text.Json;
using System.Text.Json.Serialization;
using Recurrent.Kernels;
using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Tests.Agreement;

/// <summary>Outputs, final states and every gradient against PyTorch; recurrent_layers.py makes the numbers.</summary>
public sealed class RecurrentLayerAgreementTests
{
    private const int Samples = 97;

    private sealed record Case(
        CellKind Cell,
        int Batch,
        int Steps,
        int Inputs,
        int Hidden,
        bool Reversed,
        double[] H,
        double[][] Finals,
        double[][] Gradients
    );

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    private static readonly Case[] s_cases = JsonSerializer.Deserialize<Case[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Agreement", "recurrent_layers.json")),
        s_json
    )!;

    public static TheoryData<int, string> Cases =>
        new(
            s_cases.Select(
                (c, i) =>
                    (
                        i,
                        $"{c.Cell}, batch {c.Batch}, steps {c.Steps}, hidden {c.Hidden}{(c.Reversed ? ", reversed" : "")}"
                    )
            )
        );

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_PyTorch(int index, string name)
    {
        var c = s_cases[index];
        var gates =
            c.Hidden
            * c.Cell switch
            {
                CellKind.Lstm => 4,
                CellKind.Gru => 3,
                _ => 1,
            };
        Tensor[] parameters =
        [
            Formula(0, 1 / Math.Sqrt(c.Inputs), gates, c.Inputs),
            Formula(1, 1 / Math.Sqrt(c.Hidden), gates, c.Hidden),
            Formula(2, 1, gates),
            Formula(3, 1, gates),
        ];
        var x = Formula(10, 1, c.Steps, c.Batch, c.Inputs);
        Tensor[] state =
        [
            .. Enumerable.Range(11, c.Finals.Length).Select(salt => Formula(salt, 1, c.Batch, c.Hidden)),
        ];

        var (h, finalH, finalC) = new RecurrentLayer(c.Cell, parameters).Forward(
            x,
            state[0],
            state.ElementAtOrDefault(1),
            c.Reversed
        );
        Tensor[] finals = finalC is null ? [finalH] : [finalH, finalC];
        Within(c.H, h, name + ": h");
        var loss = (h * Formula(20, 1, c.Steps, c.Batch, c.Hidden).Detach()).Sum();
        for (var i = 0; i < finals.Length; i++)
        {
            Within(c.Finals[i], finals[i], $"{name}: final state {i}");
            loss += (finals[i] * Formula(21 + i, 1, c.Batch, c.Hidden).Detach()).Sum();
        }
        loss.Backward();
        Tensor[] operands = [.. parameters, x, .. state];
        for (var i = 0; i < operands.Length; i++)
        {
            Within(c.Gradients[i], operands[i].Gradient!, $"{name}: gradient {i}");
        }
    }

    private static Tensor Formula(int salt, double scale, params int[] shape)
    {
        var count = shape.Aggregate(1, (product, length) => product * length);
        var values = Enumerable
            .Range(0, count)
            .Select(i => (float)(0.5 * Math.Sin(salt + (1.7 * i) + (0.3 * (i % 7) * (i % 5)))))
            .Select(value => (float)(value * scale));
        return Tensor.From([.. values], shape).RequireGradient();
    }

    private static void Within(double[] expected, Tensor actual, string what)
    {
        var step = Math.Max(1, actual.Count / Samples);
        var values = actual.Values.ToArray();
        Agree.Within(expected, [.. values.Where((_, i) => i % step == 0)], what);
    }
}

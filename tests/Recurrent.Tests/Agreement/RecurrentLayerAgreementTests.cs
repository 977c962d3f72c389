using Recurrent.Layers;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Tests.Agreement;

/// <summary>
/// Fused equals scratch equals PyTorch: outputs, final states and every gradient. recurrent_layers.py makes PyTorch's
/// numbers.
/// </summary>
public sealed class RecurrentLayerAgreementTests
{
    private sealed record Case(
        string Cell,
        int Layers,
        bool Bidirectional,
        bool HasState,
        int Batch,
        int Steps,
        int Inputs,
        int Hidden,
        bool OfTokens,
        string[] Names,
        AgreementNumbers.Sampled Output,
        AgreementNumbers.Sampled[] Finals,
        AgreementNumbers.Sampled[] Gradients
    )
    {
        public override string ToString() =>
            $"{Layers} × {Cell}{(Bidirectional ? ", bidirectional" : "")}{(HasState ? ", with state" : "")}, "
            + $"batch {Batch}, steps {Steps}, {Inputs} {(OfTokens ? "tokens" : "inputs")}, hidden {Hidden}";
    }

    private static readonly Case[] s_cases = AgreementNumbers.Read<Case>("recurrent_layers.json");

    public static TheoryData<int, string> Cases => new(s_cases.Select((c, i) => (i, c.ToString())));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fused_equals_scratch_equals_PyTorch(int index, string name)
    {
        var c = s_cases[index];
        var (fused, scratch) = (Run(c, isFused: true), Run(c, isFused: false));
        Assert.Equal(2 + c.Finals.Length + c.Gradients.Length, fused.Count + 1);
        foreach (var (what, values) in fused)
        {
            Agree.Within([.. scratch[what].Select(value => (double)value)], values, $"{name}: {what}");
        }
        foreach (var run in new[] { fused, scratch })
        {
            c.Output.AssertWithin(run["output"], $"{name}: output");
            for (var i = 0; i < c.Finals.Length; i++)
            {
                c.Finals[i].AssertWithin(run[$"final state {i}"], $"{name}: final state {i}");
            }
            for (var i = 0; i < c.Gradients.Length; i++)
            {
                c.Gradients[i].AssertWithin(run[$"gradient {i}"], $"{name}: gradient {i}");
            }
        }
    }

    /// <summary>Everything that a run gives, by name.</summary>
    private static Dictionary<string, float[]> Run(Case c, bool isFused)
    {
        var layers = Create(c);
        Assert.Equal(c.Names, layers.Parameters.Select(parameter => parameter.Name));
        AgreementNumbers.Fill(layers.Parameters);
        var tokens = AgreementNumbers.Tokens(3, c.Inputs, c.Steps * c.Batch);
        var x = c.OfTokens
            ? Tensor.OneHot(tokens, c.Inputs, c.Steps, c.Batch)
            : AgreementNumbers.Formula(10, 1, c.Steps, c.Batch, c.Inputs);
        var directions = c.Layers * (c.Bidirectional ? 2 : 1);
        Tensor[] given = // as PyTorch has it
        [.. c.Finals.Select((_, part) => AgreementNumbers.Formula(11 + part, 1, directions, c.Batch, c.Hidden))];
        IReadOnlyList<Tensor> state = c.HasState
            ? [.. Enumerable.Range(0, directions).SelectMany(i => given.Select(part => part[i]))]
            : layers.ZeroState(c.Batch);

        var (output, finals) =
            !isFused ? ScratchRecurrence.Forward(layers, x, state)
            : c.OfTokens ? layers.Forward(Indices.From(tokens, c.Steps, c.Batch), state)
            : layers.Forward(x, state);

        var results = new Dictionary<string, float[]> { ["output"] = output.ToArray() };
        var loss = (output * Weights(20, output.Shape.ToArray())).Sum();
        for (var part = 0; part < given.Length; part++)
        {
            var final = Tensor.Concatenate([.. finals.Where((_, i) => i % given.Length == part)]);
            results.Add($"final state {part}", final.ToArray());
            loss += (final * Weights(21 + part, final.Shape.ToArray())).Sum();
        }
        loss.Backward();
        Tensor[] operands =
        [
            .. layers.Parameters.Select(parameter => parameter.Value),
            .. c.OfTokens ? Array.Empty<Tensor>() : [x],
            .. c.HasState ? given : [],
        ];
        for (var i = 0; i < operands.Length; i++)
        {
            results.Add($"gradient {i}", operands[i].Gradient!.ToArray());
        }
        return results;
    }

    private static Tensor Weights(int salt, params int[] shape) => AgreementNumbers.Formula(salt, 1, shape).Detach();

    private static RecurrentLayers Create(Case c)
    {
        var options = new RecurrentOptions
        {
            InputSize = c.Inputs,
            HiddenSize = c.Hidden,
            Layers = c.Layers,
            Bidirectional = c.Bidirectional,
        };
        return new RecurrentLayers(c.Cell, options, new RandomStream(1, 0));
    }
}

using Recurrent.Optimizing;
using Recurrent.Tensors;

namespace Recurrent.Tests.Agreement;

/// <summary>Muon, step by step, against PyTorch; muon.py makes the numbers.</summary>
public sealed class MuonAgreementTests
{
    private const int Hidden = 6;

    private sealed record Case(
        string Name,
        double Rate,
        double Momentum,
        double Beta2,
        double Decay,
        Dictionary<string, AgreementNumbers.Sampled>[] After
    );

    private static readonly Case[] s_cases = AgreementNumbers.Read<Case>("muon.json");

    private static readonly (string Name, int[] Shape)[] s_shapes =
    [
        ("embedding.weight", [9, 5]),
        ("rnn.weight_ih_l0", [3 * Hidden, 5]),
        ("rnn.weight_hh_l0", [3 * Hidden, Hidden]),
        ("rnn.bias_ih_l0", [3 * Hidden]),
        ("rnn.weight_ih_l1", [3 * Hidden, 8]),
        ("rnn.weight_hh_l1", [3 * Hidden, Hidden]),
        ("output.weight", [9, Hidden]),
    ];

    public static TheoryData<string> Names => [.. s_cases.Select(expected => expected.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Agrees_with_PyTorch(string name)
    {
        var expected = s_cases.Single(one => one.Name == name);
        Parameter[] parameters =
        [
            .. s_shapes.Select((one, salt) => new Parameter(one.Name, AgreementNumbers.Formula(salt, 1, one.Shape))),
        ];
        var muon = new Muon(parameters, expected.Momentum, expected.Beta2, expected.Decay);
        for (var step = 0; step < expected.After.Length; step++)
        {
            for (var salt = 0; salt < parameters.Length; salt++)
            {
                var (value, shape) = (parameters[salt].Value, s_shapes[salt].Shape);
                value.ClearGradient();
                (value * AgreementNumbers.Formula((10 * (step + 1)) + salt, 1, shape).Detach()).Sum().Backward();
            }
            muon.Update(expected.Rate);
            foreach (var (parameter, value) in parameters)
            {
                expected.After[step][parameter].AssertWithin(value.ToArray(), $"{parameter} after {step + 1}");
            }
        }
        Assert.Equal(expected.After.Length, muon.Updates);
    }

    [Fact]
    public void Refuses_impossible_factors()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Muon([], momentum: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Muon([], beta2: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Muon([], weightDecay: double.NaN));
    }
}

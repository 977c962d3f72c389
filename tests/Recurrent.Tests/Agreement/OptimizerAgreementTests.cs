using Recurrent.Optimizing;
using Recurrent.Tensors;

namespace Recurrent.Tests.Agreement;

/// <summary>Every optimiser, step by step, against PyTorch; optimizers.py makes the numbers.</summary>
public sealed class OptimizerAgreementTests
{
    private sealed record Case(string Name, double[][] After);

    private static readonly Case[] s_cases = AgreementNumbers.Read<Case>("optimizers.json");

    public static TheoryData<string> Names => [.. s_cases.Select(expected => expected.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Agrees_with_PyTorch(string name)
    {
        var after = s_cases.Single(expected => expected.Name == name).After;
        var count = after[0].Length;
        var weights = new Parameter("w", AgreementNumbers.Formula(0, 1, count));
        var (optimizer, rate) = Create(name, [weights]);
        for (var step = 0; step < after.Length; step++)
        {
            weights.Value.ClearGradient();
            (weights.Value * AgreementNumbers.Formula(step + 1, 1, count).Detach()).Sum().Backward();
            optimizer.Step(rate);
            Agree.Within(after[step], weights.Value.ToArray(), $"{name} after step {step + 1}");
        }
        Assert.Equal(after.Length, optimizer.Steps);
    }

    private static (Optimizer Optimizer, double Rate) Create(string name, Parameter[] p) =>
        name switch
        {
            "sgd" => (new Sgd(p), 0.1),
            "momentum" => (new Sgd(p, momentum: 0.9), 0.1),
            "momentum-decay" => (new Sgd(p, momentum: 0.9, weightDecay: 0.05), 0.1),
            "rmsprop" => (new RmsProp(p), 0.01),
            "rmsprop-decay" => (new RmsProp(p, smoothing: 0.9, epsilon: 1e-3, weightDecay: 0.05), 0.01),
            "adam" => (new Adam(p), 0.01),
            "adam-decay" => (new Adam(p, 0.8, 0.95, 1e-3, weightDecay: 0.05), 0.01),
            "adamw" => (new Adam(p, weightDecay: 0.01, decoupled: true), 0.01),
            "adamw-decay" => (new Adam(p, 0.8, 0.95, 1e-3, weightDecay: 0.5, decoupled: true), 0.01),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such case."),
        };
}

using System.CommandLine;
using Recurrent.Cli.Arguments;
using Recurrent.Training;

namespace Recurrent.Cli.Commands;

/// <summary>The arguments of <c>train</c> that say how weights follow their gradients.</summary>
internal sealed class OptimizerArguments
{
    private readonly ChoiceOption<OptimizerKind> _optimizer = new(
        "--optimizer",
        "How weights follow their gradients.",
        ("sgd", OptimizerKind.Sgd),
        ("rmsprop", OptimizerKind.RmsProp),
        ("adam", OptimizerKind.Adam),
        ("adamw", OptimizerKind.AdamW)
    );

    private readonly Option<double?> _learningRate = NumberOption.OptionalReal(
        "--lr",
        "Learning rate. [default: 1 for sgd, 0.003 for adam and adamw, 0.002 for rmsprop]",
        value => value is > 0 and <= TrainerOptions.MaxLearningRate,
        $"above 0 and at most {TrainerOptions.MaxLearningRate}"
    );

    private readonly Option<double?> _momentum = NumberOption.OptionalReal(
        "--momentum",
        "Momentum of sgd. [default: 0, none]",
        value => value is >= 0 and < 1,
        "from 0 to below 1"
    );

    private readonly Option<double?> _weightDecay = NumberOption.OptionalReal(
        "--weight-decay",
        "What draws weights towards 0. [default: 0.01 for adamw, 0 for the others]",
        value => value is >= 0 and < 1,
        "from 0 to below 1"
    );

    private readonly ChoiceOption<ScheduleKind> _schedule = new(
        "--schedule",
        "How the learning rate changes: not, by equal factors, along half a cosine wave, or halved when the loss stops falling.",
        ("constant", ScheduleKind.Constant),
        ("exponential", ScheduleKind.Exponential),
        ("cosine", ScheduleKind.Cosine),
        ("plateau", ScheduleKind.Plateau)
    );

    private readonly Option<int> _warmup = NumberOption.Whole(
        "--warmup",
        "Minibatches over which the learning rate first rises from nothing.",
        0,
        TrainerOptions.MaxWarmupSteps,
        0
    );

    private readonly Option<double> _finalRate = NumberOption.Real(
        "--final-rate",
        "What the schedule leaves of the learning rate in the end, as a fraction of it.",
        value => value is > 0 and <= 1,
        "above 0 and at most 1",
        0.01
    );

    private readonly Option<double> _clip = NumberOption.Real(
        "--clip",
        "Largest global norm of the gradient; 0 for no clipping.",
        value => value is >= 0 and <= TrainerOptions.MaxClipNorm,
        $"from 0 to {TrainerOptions.MaxClipNorm}",
        1
    );

    private readonly Option<double> _clipValue = NumberOption.Real(
        "--clip-value",
        "Largest magnitude of each value of the gradient, before --clip; 0 for no clipping.",
        value => value is >= 0 and <= TrainerOptions.MaxClipNorm,
        $"from 0 to {TrainerOptions.MaxClipNorm}",
        0
    );

    /// <summary>The options, in the order of the help.</summary>
    public Option[] Options =>
        [
            _optimizer,
            _learningRate,
            _momentum,
            _weightDecay,
            _schedule,
            _warmup,
            _finalRate,
            _clip,
            _clipValue,
        ];

    /// <summary>The settings that these arguments give.</summary>
    /// <exception cref="UsageException">Options do not go together.</exception>
    public TrainerOptions Of(ParseResult parsed)
    {
        var (optimizer, schedule) = (_optimizer.Of(parsed), _schedule.Of(parsed));
        Require(parsed, _momentum, optimizer == OptimizerKind.Sgd, "--optimizer sgd");
        Require(parsed, _finalRate, schedule != ScheduleKind.Constant, "--schedule cosine");
        var (clip, clipValue) = (parsed.GetValue(_clip), parsed.GetValue(_clipValue));
        var options = new TrainerOptions
        {
            Optimizer = optimizer,
            LearningRate = parsed.GetValue(_learningRate) ?? TrainerOptions.UsualRate(optimizer),
            Momentum = parsed.GetValue(_momentum) ?? 0,
            Schedule = schedule,
            WarmupSteps = parsed.GetValue(_warmup),
            FinalRate = parsed.GetValue(_finalRate),
            ClipNorm = clip > 0 ? clip : null,
            ClipValue = clipValue > 0 ? clipValue : null,
        };
        return parsed.GetValue(_weightDecay) is { } decay ? options with { WeightDecay = decay } : options;
    }

    private static void Require(ParseResult parsed, Option option, bool serves, string wayOut)
    {
        if (!serves && parsed.GetResult(option) is { Implicit: false })
        {
            throw new UsageException(
                $"{option.Name} would change nothing here; leave it out or add {wayOut}."
            );
        }
    }
}

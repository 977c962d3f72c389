using System.Globalization;
using Recurrent.Cli.Hosting;
using Recurrent.Reports;
using Recurrent.Tensors;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Training;

/// <summary>What the user asks for as the device of a training: a card, the processor, or the faster one.</summary>
/// <param name="Card">The card's number; null for none that is asked for.</param>
/// <param name="IsCpu">Whether it is to be the processor.</param>
internal readonly record struct DeviceChoice(int? Card, bool IsCpu = false)
{
    /// <summary>The first card if it is faster, else the processor.</summary>
    public static DeviceChoice Auto => default;
}

/// <summary>Choices of a device: auto, cpu, gpu or gpu:1.</summary>
internal sealed class DeviceValues : SettingValues<DeviceChoice>
{
    private const string Gpu = "gpu";

    public override string Placeholder => "auto|cpu|gpu|gpu:N";

    public override string Expected => "auto, cpu, gpu or gpu:N, with the number of a card such as gpu:1";

    public override bool TryParse(string text, out DeviceChoice value)
    {
        var number = 0;
        value = text == "cpu" ? new(null, IsCpu: true) : DeviceChoice.Auto;
        if (text is "auto" or "cpu")
        {
            return true;
        }
        var isCard =
            text == Gpu
            || (
                text.StartsWith($"{Gpu}:", StringComparison.Ordinal)
                && int.TryParse(text[(Gpu.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out number)
            );
        value = new(number);
        return isCard;
    }

    public override string Format(DeviceChoice value) =>
        value.Card is { } card ? $"{Gpu}:{card}"
        : value.IsCpu ? "cpu"
        : "auto";
}

/// <summary>Chooses the device of a training. The bytes of the model are the same on all.</summary>
/// <param name="settings">What the user asks for.</param>
/// <param name="context">The world outside.</param>
internal sealed class TrainingDevice(TrainSettings settings, CliContext context)
{
    private const double UsableMemory = 0.95; // the rest is for the programs and what the driver needs

    private readonly GpuDevice? _card = Find(settings.Device, context.Gpus);

    /// <summary>The device, and the plan for it.</summary>
    /// <param name="planOn">Plans for a device: what there is time for depends on it.</param>
    /// <exception cref="FailureException">
    /// The card that is asked for has not enough memory, or does not compute such a model.
    /// </exception>
    public (Device Device, TrainingPlan Plan) Choose(Func<Device, TrainingPlan> planOn)
    {
        if (_card is not null)
        {
            var plan = planOn(_card);
            if (plan.Model.Features is not null)
            {
                return settings.Device.Card is null
                    ? OnProcessor()
                    : throw new FailureException(
                        $"Context features are not computed on a graphics card, {_card}; leave out --features or "
                            + "--device."
                    );
            }
            if (LackOf(plan) is not { } lack)
            {
                return IsFaster(plan) ? (_card, plan) : OnProcessor();
            }
            if (settings.Device.Card is not null)
            {
                throw new FailureException(lack);
            }
        }
        return OnProcessor();

        (Device, TrainingPlan) OnProcessor()
        {
            var processor = Device.Cpu(settings.Threads);
            return (processor, planOn(processor));
        }
    }

    /// <summary>The card to train on or to try; null for none.</summary>
    /// <exception cref="UsageException">The card that is asked for cannot be used.</exception>
    private static GpuDevice? Find(DeviceChoice choice, Gpus cards)
    {
        if (choice.Card is not { } number)
        {
            return choice.IsCpu ? null : cards.Find(0);
        }
        try
        {
            return cards[number];
        }
        catch (IOException error)
        {
            throw new UsageException(
                error.Message.Replace(
                    "use Device.Cpu()",
                    "leave out --device, or use --device cpu",
                    StringComparison.Ordinal
                )
            );
        }
    }

    /// <summary>Whether a trial says that the card is the faster one; without one where the user asks for it.</summary>
    private bool IsFaster(TrainingPlan plan)
    {
        if (settings.Device.Card is not null)
        {
            return true;
        }
        try
        {
            return DeviceTrial.TokensPerSecond(plan, _card!, context.Time)
                > DeviceTrial.TokensPerSecond(plan, Device.Cpu(settings.Threads), context.Time);
        }
        catch (Exception error) when (error is IOException or OutOfMemoryException)
        {
            return false; // a card that does not work, or is full
        }
    }

    /// <summary>Why the card's memory will not do, with the way out; null where it will.</summary>
    private string? LackOf(TrainingPlan plan)
    {
        var there = _card!.FreeBytes * UsableMemory;
        var (whole, row) = (plan.BytesOfWeights(PlanText.WeightsOf(plan.Model)), plan.BytesOfRow);
        var needed = whole + (plan.Trainer.BatchSize * row);
        var rows = (long)((there - whole) / row);
        return needed <= there
            ? null
            : $"The training needs about {Figures.Bytes(needed)} of memory, and there are {Figures.Bytes(there)} on "
                + $"{_card}; "
                + (rows >= 1 ? $"choose --batch {rows:#,0} or less" : "choose a smaller --hidden")
                + ", or use --device cpu.";
    }
}

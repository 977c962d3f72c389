using Recurrent.Ranges;
using Recurrent.Tensors;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Training;

/// <summary>
/// The settings of a run on this machine, a row each; none changes a bit of the model, so no file keeps them.
/// </summary>
internal static class RunSettings
{
    /// <summary>Every row, in the order of the help.</summary>
    public static IReadOnlyList<Setting<TrainSettings>> All { get; } =
    [
        new Setting<TrainSettings, int>
        {
            Name = "threads",
            Option = "--threads",
            Group = SettingGroup.Run,
            Description = "Threads of the processor that work at once; affects speed only.",
            Values = new NumberValues<int>(Within.From(1, CpuDevice.MaxThreads)),
            DefaultWords = "all processors",
            Get = run => run.Threads ?? 0,
            Set = (run, threads) => run with { Threads = threads },
            IsThere = _ => false,
        },
        new Setting<TrainSettings, DeviceChoice>
        {
            Name = "device",
            Option = "--device",
            Group = SettingGroup.Run,
            Description =
                "Where to train: on the processor, on an NVIDIA graphics card, or, with auto, on the first card if "
                + "there is one and a short trial says that it is faster; affects speed only.",
            Values = new DeviceValues(),
            Default = DeviceChoice.Auto,
            Get = run => run.Device,
            Set = (run, device) => run with { Device = device },
            IsThere = _ => false,
        },
        new Setting<TrainSettings, TimeSpan>
        {
            Name = "checkpoint",
            Option = "--checkpoint",
            Group = SettingGroup.Run,
            Description = "Time between checkpoints, which are written next to the model, and on Ctrl-C; 0 for none.",
            Values = new DurationValues(),
            DefaultWords = "5m",
            Get = run => run.CheckpointInterval ?? TimeSpan.Zero,
            Set = (run, time) => run with { CheckpointInterval = time > TimeSpan.Zero ? time : null },
            IsThere = _ => false,
        },
        new Setting<TrainSettings, int>
        {
            Name = "keep",
            Option = "--keep",
            Group = SettingGroup.Run,
            Description =
                "Keep this many checkpoints, the last one after the end too, so that --from can go on with the "
                + "optimizer's memory; and keep the last model beside the best.",
            Values = new NumberValues<int>(Within.From(0, TrainingSessionOptions.MaxKeptCheckpoints)),
            DefaultWords = "0, one until the end",
            Get = run => run.Keep,
            Set = (run, keep) => run with { Keep = keep },
            IsThere = _ => false,
        },
        new Setting<TrainSettings, Resumption>
        {
            Name = "resume",
            Option = "--resume",
            Group = SettingGroup.Run,
            Description =
                "Continue from the checkpoint next to the model, to the same model as if the run had never stopped; "
                + "--resume alone is --resume checkpoint. With auto, train from the beginning where there is neither "
                + "checkpoint nor model, and do nothing where the run has ended: the same command again and again. "
                + "Give the other options as before.",
            Values = new WordValues<Resumption>(("checkpoint", Resumption.Checkpoint), ("auto", Resumption.Auto)),
            WithoutValue = "checkpoint",
            DefaultWords = "train from the beginning",
            Get = run => run.Resume,
            Set = (run, resume) => run with { Resume = resume },
            IsThere = _ => false,
        },
        new Setting<TrainSettings, TimeSpan>
        {
            Name = "exchange-timeout",
            Option = "--exchange-timeout",
            Group = SettingGroup.Run,
            Description =
                "Among several machines (docs/cluster.md), end the job where an exchange takes longer, because one of "
                + "them hangs or is cut off; 0 to wait for ever.",
            Values = new DurationValues(),
            DefaultWords = "10m",
            Get = run => run.ExchangeTimeout,
            Set = (run, time) => run with { ExchangeTimeout = time },
            IsThere = _ => false,
        },
        new Setting<TrainSettings, bool>
        {
            Name = "dry-run",
            Option = "--dry-run",
            Group = SettingGroup.Run,
            Description = "Show the settings as chosen and what the run will take, and write nothing.",
            Values = new FlagValues(),
            Get = run => run.DryRun,
            Set = (run, dry) => run with { DryRun = dry },
            IsThere = _ => false,
        },
        new Setting<TrainSettings, bool>
        {
            Name = "no-report",
            Option = "--no-report",
            Group = SettingGroup.Run,
            Description = "Leave out the report: curves, samples and settings in one HTML file next to the model.",
            Values = new FlagValues(),
            Get = run => !run.Report,
            Set = (run, without) => run with { Report = !without },
            IsThere = _ => false,
        },
        new Setting<TrainSettings, int>
        {
            Name = "watch",
            Option = "--watch",
            Group = SettingGroup.Run,
            Description =
                "Show curves and samples while it trains, on a page at this port, for this machine alone; 0 for any "
                + "port that is free.",
            Values = new NumberValues<int>(Within.From(0, 65535)),
            DefaultWords = "no page",
            Get = run => run.Watch ?? 0,
            Set = (run, port) => run with { Watch = port },
            IsThere = _ => false,
        },
        new Setting<TrainSettings, bool>
        {
            Name = "json",
            Option = "--json",
            Group = SettingGroup.Run,
            Description =
                "Print one JSON object for each event on a line of its own, and nothing else: docs/json.md lists them.",
            Values = new FlagValues(),
            Get = run => run.Json,
            Set = (run, json) => run with { Json = json },
            IsThere = _ => false,
        },
    ];
}

// Time and memory of kernels, layers, training steps and generated characters:
//   dotnet run -c Release --project bench/Recurrent.Benchmarks -- --filter '*'
//   … -- --list flat                 what there is
//   … -- --filter '*Cell*'     some of it
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// In this process, for a project generated beside this one would be held to the house rules.
var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
var config = DefaultConfig
    .Instance.AddJob(job)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(50));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);

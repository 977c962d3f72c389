// The figures of docs/reliability.md, each by its command:
//   dotnet run -c Release --project bench/Recurrent.Reliability -- mutate 100000 1
//   dotnet run -c Release --project bench/Recurrent.Reliability -- texts 10000 1
//   dotnet run -c Release --project bench/Recurrent.Reliability -- kill 50 1 [KILL|TERM|INT]
//   dotnet run -c Release --project bench/Recurrent.Reliability -- disk
//   dotnet run -c Release --project bench/Recurrent.Reliability -- requests 100000 1
//   dotnet run -c Release --project bench/Recurrent.Reliability -- serve 200000 1 [HOURS]
// The exit code is 0 if all is as it should be.
using Recurrent.Reliability;

switch (args)
{
    case ["mutate", var count, var seed]:
        return MutatedFiles.Run(int.Parse(count), long.Parse(seed));
    case ["texts", var count, var seed]:
        return RandomTexts.Run(int.Parse(count), long.Parse(seed));
    case ["kill", var count, var seed]:
        return await KilledTrainings.RunAsync(int.Parse(count), long.Parse(seed), "KILL");
    case ["kill", var count, var seed, "KILL" or "TERM" or "INT"]:
        return await KilledTrainings.RunAsync(int.Parse(count), long.Parse(seed), args[3]);
    case ["disk"]:
        return await BadDisks.RunAsync();
    case ["requests", var count, var seed]:
        return await DamagedRequests.RunAsync(int.Parse(count), long.Parse(seed));
    case ["serve", var count, var seed]:
        return await ServedRequests.RunAsync(int.Parse(count), long.Parse(seed), TimeSpan.MaxValue);
    case ["serve", var count, var seed, var hours]:
        return await ServedRequests.RunAsync(
            int.Parse(count),
            long.Parse(seed),
            TimeSpan.FromHours(double.Parse(hours))
        );
    default:
        Console.Error.WriteLine(
            "Say mutate FILES SEED, texts TEXTS SEED, kill TIMES SEED [KILL|TERM|INT], disk, "
                + "requests TIMES SEED, or serve REQUESTS SEED [HOURS]."
        );
        return 2;
}

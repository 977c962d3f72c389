using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Runs a part of a test as several ranks, each a thread.</summary>
internal static class RankThreads
{
    /// <summary>What each rank gives, in rank order; throws what the first of them that failed has thrown.</summary>
    /// <param name="count">The number of ranks; for one, none are made.</param>
    /// <param name="body">What a rank does.</param>
    public static T[] Run<T>(int count, Func<Ranks?, T> body)
    {
        if (count == 1)
        {
            return [body(null)];
        }
        Exception? failure = null;
        var results = new T[count];
        var threads = ThreadRanks
            .Create(count)
            .Select(ranks => new Thread(() =>
            {
                try
                {
                    results[ranks.Rank] = body(ranks);
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref failure, error, null);
                    ranks.Fail(error);
                }
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return failure is null ? results : throw failure;
    }
}

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Randomness;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>A few of the requests of which <c>bench/Recurrent.Reliability</c> sends very many.</summary>
public sealed class DamagedRequestTests() : Serving("gru")
{
    private protected override ServerOptions Options => new() { ChatSeparator = "", MaxTokens = 1000 };

    [Fact]
    public async Task No_request_however_damaged_does_more_than_be_refused()
    {
        var body = new JsonObject { ["prompt"] = "the ", ["seed"] = 1 };
        var expected = (await Server.CompleteAsync(body))["choices"]!.ToJsonString();
        var statuses = new List<int>();
        for (var i = 0; i < 2000; i++)
        {
            var request = DamagedRequest.Make(new RandomStream(1, (ulong)i));
            var (answers, wrong) = await DamagedRequest.SendAsync(
                new IPEndPoint(IPAddress.Loopback, Server.Port),
                request,
                TestContext.Current.CancellationToken
            );
            Assert.True(wrong is null, $"{i}: {wrong} to {Encoding.Latin1.GetString(request)}");
            statuses.AddRange(answers);
            if (i % 100 == 0)
            {
                Assert.Equal(expected, (await Server.CompleteAsync(body))["choices"]!.ToJsonString());
            }
        }
        Assert.Subset((HashSet<int>)[100, 200, 400, 403, 404, 405, 413, 415, 431], statuses.ToHashSet());
        await Server.Models[0].Engine.IdleAsync();
    }
}

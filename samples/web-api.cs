#:sdk Microsoft.NET.Sdk.Web
#:project ../src/Recurrent.Extensions.DependencyInjection/Recurrent.Extensions.DependencyInjection.csproj
#:project ../src/Recurrent.Extensions.AI/Recurrent.Extensions.AI.csproj
#:property PublishAot=false

// A web API of one model for all requests, with a health check.
//
//   dotnet run samples/web-api.cs -- story.safetensors --urls http://localhost:5000
//   curl "http://localhost:5000/text?prompt=the%20miller"

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Recurrent;
using Recurrent.Extensions.AI;
using Recurrent.Extensions.DependencyInjection;

var builder = WebApplication.CreateBuilder(args[1..]);
builder.Services.AddRecurrent(args[0]);
builder.Services.AddSingleton(services => services.GetRequiredService<TextModel>().AsIChatClient());
var app = builder.Build();

// A model serves any number of requests at once, and stops with the request that is cancelled.
app.MapGet(
    "/text",
    (string prompt, long? seed, TextModel model, CancellationToken cancelled) =>
        model.Generate(prompt, length: 100, new() { Seed = seed ?? 1 }, cancelled)
);
app.MapGet("/score", (string line, TextModel model) => model.Score(line).BitsPerCharacter);
app.MapGet(
    "/chat",
    async (string message, IChatClient client, CancellationToken cancelled) =>
        (await client.GetResponseAsync(message, new() { MaxOutputTokens = 100 }, cancelled)).Text
);
app.MapHealthChecks("/health");
app.Run();

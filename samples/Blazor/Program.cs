// A Blazor page on which a portrait says what a voice says.
//
//   dotnet run --project samples/Blazor        then open http://localhost:5000
//
// The page (Home.razor) runs on the server and asks the host's ITalkingHeadClient for a video, which the browser then loads from /videos/ID.
// A service for strangers also needs authentication and a limit of requests for each of them.

using Moda.Extensions.Hosting;
using Moda.Samples.Blazor;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

// Blazor's script comes with the SDK. Without this line only a published program and one in the environment Development find it.
builder.WebHost.UseStaticWebAssets();
builder.Services.AddRazorComponents().AddInteractiveServerComponents();
builder.Services.AddModa().UseLogging();
builder.Services.AddSingleton<Videos>();

WebApplication app = builder.Build();
app.UseAntiforgery();
app.MapStaticAssets();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
app.MapGet("/videos/{id:guid}", (Guid id, Videos videos) => videos.TryGetValue(id, out ReadOnlyMemory<byte> video)
    ? Results.Bytes(video, "video/mp4", enableRangeProcessing: true)
    : Results.NotFound());
await app.RunAsync();

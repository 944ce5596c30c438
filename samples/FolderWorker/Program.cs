// Watches a folder and makes a video of each voice that arrives there.
//
//   dotnet run --project samples/FolderWorker -- --portrait portrait.jpg --inbox voices/ --outbox videos/

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Moda.Samples.FolderWorker;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddHostedService<VoiceWorker>();
await builder.Build().RunAsync();

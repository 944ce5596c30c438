using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Moda.Extensions.Hosting;
using Moda.Extensions.Hosting.Clients;
using Moda.Runtime.Audio;
using Moda.Runtime.Imaging;
using Moda.Samples.TextToSpeech;

HostApplicationBuilder builder = Host.CreateApplicationBuilder();
builder.Services.AddModa().UseOpenTelemetry().UseLogging();
builder.Services.AddSingleton<ITextToSpeechClient, EspeakClient>();
using IHost host = builder.Build();
await host.StartAsync();

ITextToSpeechClient speaker = host.Services.GetRequiredService<ITextToSpeechClient>();
TextToSpeechResponse speech = await speaker.GetAudioAsync(args.FirstOrDefault() ?? "Hello.");
using var audio = new MemoryStream(speech.Contents.OfType<DataContent>().First().Data.ToArray());
await using SoundTrack voice = await SoundTrack.DecodeAsync(audio);

ITalkingHeadClient client = host.Services.GetRequiredService<ITalkingHeadClient>();
RgbImage picture = ImageFile.Load(Path.Combine(AppContext.BaseDirectory, "portrait.png"));
await using FileStream video = File.Create("talking.mp4");
await client.WriteVideoAsync(new TalkingHeadRequest(picture, voice), video);
await host.StopAsync();

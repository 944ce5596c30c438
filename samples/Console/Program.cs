// Makes a portrait speak with a voice.
//
//   dotnet run --project samples/Console -- portrait.jpg voice.wav talking.mp4

using Moda.Runtime;
using Moda.Runtime.Audio;

if (args is not [string image, string audio, string video])
{
    Console.Error.WriteLine("Give three paths: portrait.jpg voice.wav talking.mp4");
    return 2;
}

await using TalkingHeadEngine engine = await TalkingHeadEngine.LoadAsync();
using PreparedPortrait portrait = await engine.PrepareAsync(image);
await using SoundTrack voice = await SoundTrack.DecodeAsync(audio);
await using TalkingClip clip = engine.Speak(portrait, voice);
await clip.SaveAsync(video);
return 0;

using System.Diagnostics;
using Moda.Onnx.Voices;
using Moda.Runtime.Audio;
using Moda.Testing;
using Xunit;

namespace Moda.Onnx.Tests.Voices;

/// <summary>Memory is measured for the whole process, so nothing else runs meanwhile.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection<AloneInTheProcess>]
public sealed class VocalMemoryTests
{
    [Fact]
    public async Task Four_minutes_of_sound_take_no_more_memory_than_one()
    {
        const int SampleRate = 16000;
        const int Minutes = 4;
        // As samples of a voice at 44.1 kHz and two channels, three minutes are 63 MB.
        const long Growth = 16 << 20;
        using var separator = new VocalSeparator(TestData.Path("voices", "fixtures", "separation", "standin.onnx"));
        await using SoundTrack sound = await GeneratedSound.KeepAsync(
            SampleRate, 1, Minutes * 60 * SampleRate, (_, n) => (float)(0.4 * Math.Sin(0.1 * n) * Math.Sin(1e-4 * n)));
        var measured = new MemoryAfterFirstMinute();

        await using SoundTrack voice = await separator.SeparateAsync(sound, measured, TestContext.Current.CancellationToken);

        Assert.Equal(sound.Duration, voice.Duration);
        TestContext.Current.TestOutputHelper?.WriteLine($"after a minute {measured.First >> 20} MiB, at most {measured.Most >> 20} MiB");
        Assert.InRange(measured.Most - measured.First, long.MinValue, Growth);
    }

    private sealed class MemoryAfterFirstMinute : IProgress<TimeSpan>
    {
        public long First { get; private set; }

        public long Most { get; private set; }

        public void Report(TimeSpan value)
        {
            if (value < TimeSpan.FromMinutes(1))
            {
                return;
            }

            GC.Collect();
            using var process = Process.GetCurrentProcess();
            long now = process.WorkingSet64;
            First = First == 0 ? now : First;
            Most = Math.Max(Most, now);
        }
    }
}

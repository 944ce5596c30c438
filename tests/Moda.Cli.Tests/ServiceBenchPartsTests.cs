using System.Buffers.Binary;
using Moda.Cli.Benchmarks;
using Moda.Cli.Benchmarks.Service;
using Moda.Runtime.Audio;
using Xunit;

namespace Moda.Cli.Tests;

/// <summary>What <c>moda bench service</c> reads and sends, without a service.</summary>
public sealed class ServiceBenchPartsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void The_first_fragment_is_found_in_pieces_of_any_length(int length)
    {
        byte[] file = [.. Box("ftyp", 12), .. LongBox("moov", 40), .. Box("moof", 0), .. Box("mdat", 8)];
        int fragment = 8 + 12 + 16 + 40;
        var boxes = new Mp4Boxes();
        for (int start = 0; start < file.Length; start += length)
        {
            boxes.Read(file.AsSpan(start, Math.Min(length, file.Length - start)));

            // The header of the fragment is complete.
            Assert.Equal(start + length >= fragment + 8, boxes.HasFragment);
        }
    }

    [Fact]
    public void A_file_without_fragments_has_none()
    {
        var boxes = new Mp4Boxes();

        boxes.Read([.. Box("ftyp", 4), .. Box("mdat", 0), .. Box("moov", 9)]);

        Assert.False(boxes.HasFragment);
    }

    [Fact]
    public void A_voice_is_said_again_behind_a_pause_of_half_a_second()
    {
        var voice = new LiveVoice(new Waveform(new float[] { 0.5f, -1, 1 }));
        byte[] block = new byte[8];

        Assert.Equal(8003, voice.Length);
        voice.Copy((3 * 8003) - 1, block);

        Assert.Equal([0, 16384, -32768, 32767], Enumerable.Range(0, 4).Select(n => (int)BinaryPrimitives.ReadInt16LittleEndian(block.AsSpan(2 * n))));
    }

    [Fact]
    public void Quantiles_are_times_that_were_measured()
    {
        Assert.Null(Quantiles.Of([]));
        Assert.Equal(new Quantiles(50, 95, 99, 100), Quantiles.Of(Enumerable.Range(1, 100).Reverse().Select(n => n / 1000.0)));
    }

    private static byte[] Box(string type, int content) => [.. BigEndian((uint)(8 + content)), .. type.Select(letter => (byte)letter), .. new byte[content]];

    private static byte[] LongBox(string type, int content) =>
        [.. BigEndian(1), .. type.Select(letter => (byte)letter), .. BigEndian(0), .. BigEndian((uint)(16 + content)), .. new byte[content]];

    private static byte[] BigEndian(uint number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];
}

using System.Buffers.Binary;
using System.Diagnostics;
using Moda.Testing;
using Moda.Testing.Checkpoints;
using Xunit;

namespace Moda.Weights.Tests;

/// <summary>What a pickle costs is bounded by its length: 32 MiB and eight times its bytes, and time in proportion.</summary>
public sealed class PickleBoundsTests : IDisposable
{
    // What a busy machine may take for work that is done in milliseconds; the unbounded kinds took from ten seconds to forever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_dictionary_that_holds_itself_is_searched_once()
    {
        string message = Refusal(TestData.Path("faults", "self_dict_10.pth"));

        Assert.Contains("no dictionary of tensors", message, StringComparison.Ordinal);
    }

    /// <summary>Eight layers of twenty keys, all of which lead to one dictionary: 20^8 ways.</summary>
    [Fact]
    public void A_dictionary_that_many_ways_lead_to_is_searched_once()
    {
        var pickle = new PickleBuilder();
        pickle.Op('}').Op('q').Bytes(0).Text("w").Tensor("FloatStorage", "0", 1, 0, [1], [1]).Op('s');
        for (byte layer = 1; layer <= 7; layer++)
        {
            pickle.Op('}').Op('q').Bytes(layer).Op('(');
            for (int key = 0; key < 20; key++)
            {
                pickle.Text($"k{key}").Op('h').Bytes((byte)(layer - 1));
            }

            pickle.Op('u');
        }

        TorchFile.Write(folder.File("a.pth"), pickle.Stop().ToArray(), new Dictionary<string, byte[]> { ["0"] = [0, 0, 128, 63] });
        var watch = Stopwatch.StartNew();
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(folder.File("a.pth"));

        Assert.Equal(["w"], checkpoint.FindStateDict().Names);
        Assert.True(watch.Elapsed < Patience, $"{watch.Elapsed}");
    }

    [Fact]
    public void Doubling_lists_are_refused()
    {
        Assert.Contains("unexpected arguments", Refusal(TestData.Path("faults", "dbl_28.pth")), StringComparison.Ordinal);
    }

    /// <summary>Copies of a long list, five bytes each.</summary>
    [Fact]
    public void Copies_of_a_long_list_are_refused()
    {
        var pickle = new PickleBuilder().Global("builtins", "set").Op('q').Bytes(0).Op(']').Op('(');
        for (int i = 0; i < 100_000; i++)
        {
            pickle.Op('N');
        }

        pickle.Op('e').Bytes(0x85).Op('q').Bytes(1);
        for (int i = 0; i < 100_000; i++)
        {
            pickle.Op('h').Bytes(0).Op('h').Bytes(1).Op('R');
        }

        Assert.Contains("far more than weights need", Refusal(pickle), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((byte)']')]
    [InlineData((byte)'}')]
    [InlineData((byte)'(')]
    [InlineData(0x8F)]
    public void Millions_of_opcodes_of_one_byte_are_refused(byte opcode)
    {
        byte[] pickle = new byte[24 << 20];
        pickle.AsSpan().Fill(opcode);
        (pickle[0], pickle[1]) = (0x80, 2);

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        string message = Refusal(pickle);

        Assert.Contains("far more than weights need", message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 200L << 20);
    }

    /// <summary>An integer of 100,000 bytes where the list of storages should have a key: writing it in digits took half a minute.</summary>
    [Fact]
    public void A_huge_integer_is_never_written_in_digits()
    {
        byte[] digits = new byte[100_000];
        digits.AsSpan().Fill(0x7F);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, digits.Length);
        PickleBuilder keys = new PickleBuilder().Op(']').Bytes(0x8B).Bytes(length).Bytes(digits).Op('a').Stop();

        string message = Refusal(
        [
            .. LegacyStart(),
            .. new PickleBuilder().Op('}').Text("w").Tensor("FloatStorage", "0", 4, 0, [2], [1]).Op('s').Stop().ToArray(),
            .. keys.ToArray(),
        ], isWhole: true);

        Assert.Contains("something that is no text", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 1, 500);
    }

    [Fact]
    public void Values_from_the_file_are_quoted_in_part_and_without_control_characters()
    {
        string message = Refusal(new PickleBuilder(4).Text(new string('a', 1 << 20) + "\u001b[2J").Text("b").Bytes(0x93));

        Assert.InRange(message.Length, 1, 2500);
        Assert.Contains("\\u001b[2J.b", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', message);
    }

    [Fact]
    public void Long_keys_are_refused()
    {
        string key = new('k', 100_000);

        Assert.Contains("names have at most", Refusal(new PickleBuilder().Op('}').Text(key).Op('N').Op('s')), StringComparison.Ordinal);
        Assert.Contains("key of a storage", Refusal(new PickleBuilder().Tensor("FloatStorage", key, 1, 0, [1], [1])), StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_of_the_memo_beyond_what_was_read_are_refused()
    {
        Assert.Contains(
            "beyond what has been read", Refusal(new PickleBuilder().Op('N').Op('r').Bytes(0xFF, 0xFF, 0xFF, 0x7F)), StringComparison.Ordinal);
    }

    /// <summary>One element, repeated 400 million times by a stride of 0.</summary>
    [Fact]
    public void A_tensor_that_repeats_its_elements_without_limit_is_refused()
    {
        string message = Refusal(new PickleBuilder().Op('}').Text("w").Tensor("FloatStorage", "0", 1, 0, [20_000, 20_000], [0, 0]).Op('s'));

        Assert.Contains("they repeat the same elements", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_repeats_its_elements_within_reason_is_read()
    {
        TorchFile.Write(
            folder.File("a.pth"),
            new PickleBuilder().Op('}').Text("w").Tensor("FloatStorage", "0", 2, 0, [3, 2], [0, 1]).Op('s').Stop().ToArray(),
            new Dictionary<string, byte[]> { ["0"] = [0, 0, 128, 63, 0, 0, 0, 64] });

        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(folder.File("a.pth"));
        float[] values = new float[6];
        checkpoint.FindStateDict().Read("w", values);

        Assert.Equal([1f, 2f, 1f, 2f, 1f, 2f], values);
    }

    [Fact]
    public void A_tensor_of_too_many_dimensions_is_refused()
    {
        long[] ones = [.. Enumerable.Repeat(1L, 65)];

        Assert.Contains("do not fit", Refusal(new PickleBuilder().Tensor("FloatStorage", "0", 1, 0, ones, ones)), StringComparison.Ordinal);
    }

    /// <summary>A view that gives its storage another size or type than the storage's first description.</summary>
    [Theory]
    [InlineData("FloatStorage", 1_000_000)]
    [InlineData("DoubleStorage", 4)]
    public void A_view_that_describes_its_storage_otherwise_is_refused(string type, long count)
    {
        PickleBuilder pickle = new PickleBuilder().Op('}').Op('(')
            .Text("root").Tensor("FloatStorage", "7", 4, 0, [4], [1])
            .Text("view").Global("torch._utils", "_rebuild_tensor").Op('(')
                .Op('(').Text("storage").Global("torch", type).Text("7").Text("cpu").Number(count)
                .Op('(').Text("8").Number(1).Number(3).Op('t').Op('t').Op('Q')
                .Number(0).Numbers(2).Numbers(1).Op('t').Op('R')
            .Op('u');

        Assert.Contains("described in two ways", Refusal(pickle), StringComparison.Ordinal);
    }

    private static byte[] LegacyStart() =>
    [
        .. new PickleBuilder().Bytes(0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19).Stop().ToArray(),
        .. new PickleBuilder().Number(1001).Stop().ToArray(),
        .. new PickleBuilder().Op('}').Text("little_endian").Bytes(0x88).Op('s').Stop().ToArray(),
    ];

    private string Refusal(PickleBuilder pickle) => Refusal(pickle.Stop().ToArray());

    private string Refusal(byte[] content, bool isWhole = false)
    {
        File.WriteAllBytes(folder.File("a.pth"), isWhole ? content : [.. LegacyStart(), .. content]);
        return Refusal(folder.File("a.pth"));
    }

    private static string Refusal(string path)
    {
        var watch = Stopwatch.StartNew();
        CheckpointFormatException exception = Assert.ThrowsAny<CheckpointFormatException>(() =>
        {
            using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
            checkpoint.FindStateDict();
        });
        Assert.True(watch.Elapsed < Patience, $"{watch.Elapsed}");
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        return exception.Message;
    }
}

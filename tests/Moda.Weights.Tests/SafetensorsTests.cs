using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Moda.Testing;
using Moda.Weights.Safetensors;
using Xunit;

namespace Moda.Weights.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_case_file_is_read()
    {
        using SafetensorsFile file = SafetensorsFile.Open(TestData.Case("dit.tiny"));

        Assert.Equal("dit", file.Metadata["case"]);
        Assert.True(file.TryGetShape("input.motion", out ReadOnlyMemory<int> shape));
        Assert.Equal([2, 80, 140], shape.ToArray());
        Assert.Equal(2, file.Read<long>("input.emotion").Length);
        Assert.Equal(file.Read<float>("input.timestep"), file.ReadFloat32("input.timestep"));
        Assert.Equal(file.Read<long>("input.emotion").Select(value => (float)value), file.ReadFloat32("input.emotion"));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        string path = folder.File("round.safetensors");
        SafetensorsEntry[] entries =
        [
            new("single", StoredType.Float32, new[] { 2, 3 }),
            new("half", StoredType.Float16, new[] { 3 }),
            new("bfloat", StoredType.BFloat16, new[] { 1, 3 }),
            new("scalar", StoredType.Int64, Array.Empty<int>()),
            new("empty", StoredType.Float32, new[] { 0, 3 }),
            new("flags", StoredType.Bool, new[] { 3 }),
        ];
        byte[] hash;
        using (var writer = new SafetensorsWriter(path, entries, new Dictionary<string, string> { ["case"] = "a \"quoted\" ü" }))
        {
            writer.Write("single", [1f, 2f, 3f, 4f, 5f, -6.5f]);
            writer.Write("half", [1f, 65504f, -0.1f]);
            writer.Write("bfloat", [1f, 3f, 1e30f]);
            writer.Write("scalar", BitConverter.GetBytes(long.MinValue));
            writer.Write("empty", ReadOnlySpan<float>.Empty);
            writer.Write("flags", [(byte)1, (byte)0, (byte)1]);
            hash = writer.Complete();
        }

        Assert.Equal(SHA256.HashData(File.ReadAllBytes(path)), hash);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(entries.Select(entry => entry.Name), file.Entries.Select(entry => entry.Name));
        Assert.Equal("a \"quoted\" ü", file.Metadata["case"]);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, -6.5f], file.ReadFloat32("single"));
        Assert.Equal([1f, 65504f, (float)(Half)(-0.1f)], file.ReadFloat32("half"));
        Assert.Equal([(Half)1f, (Half)65504f, (Half)(-0.1f)], file.Read<Half>("half"));
        Assert.Equal([1f, 3f, 1e30f], file.ReadFloat32("bfloat").Select(value => value > 1e29f ? 1e30f : value));
        Assert.Equal([long.MinValue], file.Read<long>("scalar"));
        Assert.Empty(file.ReadFloat32("empty"));
        Assert.Equal([true, false, true], file.Read<bool>("flags"));
        Assert.Equal([1, 0, 1], file.ReadBytes("flags"));
    }

    [Fact]
    public void The_writer_keeps_to_its_header()
    {
        SafetensorsEntry[] entries = [new("a", StoredType.Float32, new[] { 2 }), new("b", StoredType.Float32, new[] { 2 })];
        using var writer = new SafetensorsWriter(folder.File("order.safetensors"), entries);

        Assert.Throws<InvalidOperationException>(() => writer.Write("b", new float[2]));
        Assert.Throws<ArgumentException>(() => writer.Write("a", new float[3]));
        writer.Write("a", new float[2]);
        Assert.Throws<InvalidOperationException>(() => writer.Complete());
        Assert.Throws<ArgumentException>(() => new SafetensorsWriter(folder.File("twice.safetensors"), [entries[0], entries[0]]));
    }

    [Fact]
    public void A_missing_tensor_and_a_wrong_type_or_length_are_named()
    {
        using SafetensorsFile file = SafetensorsFile.Open(TestData.Case("dit.tiny"));

        Assert.Equal("output.speed", Assert.Throws<TensorNotFoundException>(() => file.ReadFloat32("output.speed")).TensorName);
        Assert.Equal("input.emotion", Assert.Throws<TensorMismatchException>(() => file.Read<int>("input.emotion")).TensorName);
        TensorMismatchException length = Assert.Throws<TensorMismatchException>(() => file.Read("input.ref_kp", new float[7]));
        Assert.Contains("[2, 80, 63]", length.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, null)]
    [InlineData("""{}""", 0, null)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "follow the header")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 8, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "twice")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", 8, "F8_E4M3")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", 8, "fractional")]
    [InlineData("""{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,8]}}""", 8, "more elements")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9999999999],"data_offsets":[0,8]}}""", 8, "extent")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"name":1}}""", 8, "unknown")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", 8, "JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} x""", 8, "JSON")]
    [InlineData("""{"a":null}""", 8, "object")]
    [InlineData("""[1]""", 0, "object")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "string")]
    [InlineData("", 0, "JSON")]
    public void A_header_is_checked(string header, int dataLength, string? problem)
    {
        string path = folder.File("header.safetensors");
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + text.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        File.WriteAllBytes(path, bytes);

        if (problem is null)
        {
            SafetensorsFile.Open(path).Dispose();
            return;
        }

        CheckpointFormatException exception = Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0100")]
    [InlineData("FFFFFFFFFFFFFFFF7B7D")]
    [InlineData("FFFFFFFFFFFFFF7F7B7D")]
    [InlineData("00E1F505000000007B7D")] // 100,000,000: allowed, but not there
    [InlineData("01E1F505000000007B7D")]
    public void A_wrong_header_length_is_refused(string hexadecimal)
    {
        string path = folder.File("length.safetensors");
        File.WriteAllBytes(path, Convert.FromHexString(hexadecimal));

        Assert.Throws<CheckpointFormatException>(() => SafetensorsFile.Open(path));
    }

    [Fact]
    public void Damaged_files_never_do_anything_but_fail_as_such()
    {
        byte[] original = File.ReadAllBytes(TestData.Case("schedulers.any"));
        var random = new Random(20260101);
        string path = folder.File("mutant.safetensors");
        int refused = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] mutant = original.ToArray();
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                mutant[random.Next(Math.Min(mutant.Length, 700))] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, mutant.AsSpan(0, random.Next(4) == 0 ? random.Next(mutant.Length) : mutant.Length));
            try
            {
                using SafetensorsFile file = SafetensorsFile.Open(path);
                foreach (string name in file.Names)
                {
                    file.ReadFloat32(name);
                }
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1500, 3000);
    }

    [Fact]
    public void A_missing_file_is_an_input_output_error() =>
        Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(folder.File("none.safetensors")));
}

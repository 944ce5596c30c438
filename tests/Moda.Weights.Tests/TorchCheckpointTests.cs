using System.IO.Compression;
using Moda.Testing;
using Moda.Testing.Checkpoints;
using Xunit;

namespace Moda.Weights.Tests;

public sealed class TorchCheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("odd.pth")]
    [InlineData("odd-legacy.pth")]
    public void Every_element_type_view_and_storage_is_read_as_saved(string fileName)
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(TestData.Path("fixtures", "pretrained_weights", "odd", fileName));
        using SafetensorsFile expected = SafetensorsFile.Open(TestData.Path("fixtures", "expected", "odd.safetensors"));
        StateDict tensors = checkpoint.FindStateDict();

        Assert.Equal(expected.Names.Order(), tensors.Names.Order());
        foreach (SafetensorsEntry entry in expected.Entries)
        {
            Assert.True(tensors.TryGetShape(entry.Name, out ReadOnlyMemory<int> shape));
            Assert.Equal(entry.Shape.ToArray(), shape.ToArray());
            float[] values = new float[entry.ElementCount];
            tensors.Read(entry.Name, values);
            Assert.Equal(expected.ReadFloat32(entry.Name), values);

            // NumPy, which wrote the expectation, has no bfloat16: it is there as float32.
            if (entry.Name == "bf16")
            {
                Assert.Equal(StoredType.BFloat16, tensors.ElementType(entry.Name));
            }
            else
            {
                Assert.Equal(entry.Type, tensors.ElementType(entry.Name));
                Assert.Equal(expected.ReadBytes(entry.Name), tensors.ReadBytes(entry.Name));
            }
        }
    }

    [Fact]
    public void A_training_checkpoint_gives_its_model_without_wrapper_and_optimizer()
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(TestData.Path("fixtures", "pretrained_weights", "odd", "training-checkpoint.pth"));
        using SafetensorsFile expected = SafetensorsFile.Open(TestData.Path("fixtures", "expected", "odd.safetensors"));
        StateDict tensors = checkpoint.FindStateDict();

        Assert.Equal(["state_dict", "epoch", "lr", "name", "optimizer", "flags"], checkpoint.Keys);
        Assert.Equal(["transposed_view", "slice_of_shared", "same_storage", "f16"], tensors.Names);
        Assert.All(tensors.Names, name => Assert.Equal(expected.ReadBytes(name), tensors.ReadBytes(name)));
    }

    [Fact]
    public void Parts_are_found_by_their_keys()
    {
        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(TestData.Path(
            "fixtures", "pretrained_weights", "decode", "v1", "first_stage", "retargeting_models", "stitching_retargeting_module.pth"));

        Assert.True(checkpoint.TryGetStateDict("retarget_mouth", out StateDict? mouth));
        Assert.Contains("mlp.0.weight", mouth!.Names);
        Assert.False(checkpoint.TryGetStateDict("retarget_nose", out _));
        Assert.Contains("retarget_eye", Assert.Throws<CheckpointFormatException>(checkpoint.FindStateDict).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Code_in_a_pickle_is_refused_and_not_run()
    {
        string witness = folder.File("witness");
        byte[] pickle = new PickleBuilder().Global("os", "system").Op('(').Text($"touch {witness}").Op('t').Op('R').Stop().ToArray();
        TorchFile.Write(folder.File("evil.pth"), pickle, new Dictionary<string, byte[]>());

        UnsupportedPickleException exception = Assert.Throws<UnsupportedPickleException>(() => TorchCheckpoint.Open(folder.File("evil.pth")));

        Assert.Equal("os.system", exception.Construct);
        Assert.Contains("evil.pth", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(witness));
    }

    [Theory]
    [InlineData("builtins", "eval")]
    [InlineData("torch.nn.modules.linear", "Linear")]
    [InlineData("torch._utils", "_rebuild_sparse_tensor")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("numpy", "load")]
    public void A_name_that_is_not_on_the_list_is_refused(string module, string name)
    {
        TorchFile.Write(folder.File("a.pth"), new PickleBuilder().Global(module, name).Stop().ToArray(), new Dictionary<string, byte[]>());
        TorchFile.Write(
            folder.File("b.pth"), new PickleBuilder(4).Text(module).Text(name).Bytes(0x93).Stop().ToArray(), new Dictionary<string, byte[]>());

        Assert.Equal($"{module}.{name}", Assert.Throws<UnsupportedPickleException>(() => TorchCheckpoint.Open(folder.File("a.pth"))).Construct);
        Assert.Equal($"{module}.{name}", Assert.Throws<UnsupportedPickleException>(() => TorchCheckpoint.Open(folder.File("b.pth"))).Construct);
    }

    [Theory]
    [InlineData('i')] // INST
    [InlineData('o')] // OBJ
    [InlineData('P')] // PERSID
    [InlineData('\u0082')] // EXT1
    [InlineData('\u0092')] // NEWOBJ_EX
    public void An_opcode_that_is_not_on_the_list_is_refused(char opcode)
    {
        TorchFile.Write(folder.File("opcode.pth"), new PickleBuilder().Op(opcode).Stop().ToArray(), new Dictionary<string, byte[]>());

        UnsupportedPickleException exception = Assert.Throws<UnsupportedPickleException>(() => TorchCheckpoint.Open(folder.File("opcode.pth")));

        Assert.Contains($"0x{(int)opcode:X2}", exception.Construct, StringComparison.Ordinal);
    }

    [Fact]
    public void What_training_leaves_beside_the_weights_is_read_past()
    {
        PickleBuilder pickle = new PickleBuilder().Op('}').Op('(')
            .Text("loss").Global("numpy.core.multiarray", "scalar")
                .Global("numpy", "dtype").Op('(').Text("f8").Bytes(0x89, 0x88).Op('t').Op('R').Op('(').Number(3).Text("<").Op('N').Op('t').Op('b')
                .Global("_codecs", "encode").Text("\u00ff").Text("latin1").Bytes(0x86).Op('R').Bytes(0x86).Op('R')
            .Text("size").Global("torch", "Size").Numbers(3, 4).Bytes(0x85).Op('R')
            .Text("dtype").Global("torch", "float32")
            .Text("device").Global("torch", "device").Text("cpu").Bytes(0x85).Op('R')
            .Text("big").Bytes(0x8A, 9).Bytes(1, 2, 3, 4, 5, 6, 7, 8, 9)
            .Text("negative").Number(-5_000_000_000)
            .Text("history").Global("collections", "defaultdict").Global("__builtin__", "list").Bytes(0x85).Op('R')
            .Text("model").EmptyOrdered().Op('(').Text("_orig_mod.module.w")
                .Tensor("FloatStorage", "0", 2, 0, [2], [1])
            .Op('u').Op('}').Text("_metadata").EmptyOrdered().Op('s').Op('b')
            .Op('u').Stop();
        TorchFile.Write(folder.File("training.pth"), pickle.ToArray(), new Dictionary<string, byte[]> { ["0"] = [0, 0, 128, 63, 0, 0, 0, 64] });

        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(folder.File("training.pth"));
        float[] values = new float[2];
        checkpoint.FindStateDict().Read("w", values);

        Assert.Equal([1f, 2f], values);
    }

    [Fact]
    public void Protocol_4_and_tensors_that_name_their_own_type_are_read()
    {
        PickleBuilder pickle = new PickleBuilder(4).Bytes(0x95).Bytes(new byte[8])
            .Op('}').Bytes(0x94).Op('(').Bytes(0x8C, 1, (byte)'w')
            .Bytes(0x8C, 12).Bytes("torch._utils"u8.ToArray()).Bytes(0x8C, 18).Bytes("_rebuild_tensor_v3"u8.ToArray()).Bytes(0x93).Op('(')
            .Op('(').Text("storage").Global("torch.storage", "UntypedStorage").Text("0").Text("cpu").Number(8).Op('t').Op('Q')
            .Number(1).Numbers(3).Numbers(1).Bytes(0x89).EmptyOrdered().Global("torch", "int16").Op('t').Op('R')
            .Op('u').Stop();
        TorchFile.Write(folder.File("v3.pth"), pickle.ToArray(), new Dictionary<string, byte[]> { ["0"] = [9, 9, 1, 0, 2, 0, 255, 255] });

        using TorchCheckpoint checkpoint = TorchCheckpoint.Open(folder.File("v3.pth"));
        float[] values = new float[3];
        checkpoint.FindStateDict().Read("w", values);

        Assert.Equal([1f, 2f, -1f], values);
    }

    [Theory]
    [InlineData(4, 0, 5, 1)] // longer than the storage
    [InlineData(4, 1, 4, 1)] // begins too late
    [InlineData(4, 0, 2, 4)] // strides lead out
    [InlineData(4, -1, 2, 1)]
    [InlineData(4, 0, 2, -1)]
    [InlineData(4, 0, -2, 1)]
    [InlineData(5, 0, 2, 1)] // storage shorter than it says
    [InlineData(long.MaxValue, 0, 2, 1)]
    public void A_tensor_outside_its_storage_is_refused(long storageCount, long offset, long extent, long stride)
    {
        PickleBuilder pickle = new PickleBuilder().Op('}').Text("w")
            .Tensor("FloatStorage", "0", storageCount, offset, [extent], [stride]).Op('s').Stop();
        TorchFile.Write(folder.File("outside.pth"), pickle.ToArray(), new Dictionary<string, byte[]> { ["0"] = new byte[16] });

        Assert.Throws<CheckpointFormatException>(() => TorchCheckpoint.Open(folder.File("outside.pth")));
    }

    [Fact]
    public void Compressed_entries_missing_storages_and_foreign_byte_orders_are_refused()
    {
        byte[] pickle = new PickleBuilder().Op('}').Text("w").Tensor("FloatStorage", "0", 4, 0, [4], [1]).Op('s').Stop().ToArray();
        var storages = new Dictionary<string, byte[]> { ["0"] = new byte[16] };
        TorchFile.Write(folder.File("compressed.pth"), pickle, storages, compression: CompressionLevel.SmallestSize);
        TorchFile.Write(folder.File("big.pth"), pickle, storages, byteOrder: "big");
        TorchFile.Write(folder.File("missing.pth"), pickle, new Dictionary<string, byte[]>());

        Assert.Contains("compressed", Message("compressed.pth"), StringComparison.Ordinal);
        Assert.Contains("'big'", Message("big.pth"), StringComparison.Ordinal);
        Assert.Contains("data/0", Message("missing.pth"), StringComparison.Ordinal);

        string Message(string name) => Assert.Throws<CheckpointFormatException>(() => TorchCheckpoint.Open(folder.File(name))).Message;
    }

    [Theory]
    [InlineData("")]
    [InlineData("PK")]
    [InlineData("PK\u0003\u0004")]
    [InlineData("hello, I am no checkpoint")]
    [InlineData("\u0080\u0002K\u0001.")]
    [InlineData("\u0080\u0002")]
    public void Other_files_are_refused(string content)
    {
        File.WriteAllBytes(folder.File("other.pth"), System.Text.Encoding.Latin1.GetBytes(content));

        Assert.Throws<CheckpointFormatException>(() => TorchCheckpoint.Open(folder.File("other.pth")));
    }

    [Theory]
    [InlineData("odd.pth")]
    [InlineData("odd-legacy.pth")]
    public void A_truncated_file_is_refused_wherever_it_ends(string fileName)
    {
        byte[] original = File.ReadAllBytes(TestData.Path("fixtures", "pretrained_weights", "odd", fileName));
        for (int length = 0; length < original.Length; length += 7)
        {
            File.WriteAllBytes(folder.File("truncated.pth"), original.AsSpan(0, length));

            Assert.Throws<CheckpointFormatException>(() => TorchCheckpoint.Open(folder.File("truncated.pth")));
        }
    }

    [Theory]
    [InlineData("odd.pth")]
    [InlineData("odd-legacy.pth")]
    [InlineData("training-checkpoint.pth")]
    public void Damaged_files_never_do_anything_but_fail_as_such(string fileName)
    {
        byte[] original = File.ReadAllBytes(TestData.Path("fixtures", "pretrained_weights", "odd", fileName));
        var random = new Random(20260102);
        string path = folder.File("mutant.pth");
        int refused = 0;
        for (int round = 0; round < 1000; round++)
        {
            byte[] mutant = original.ToArray();
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, mutant);
            try
            {
                using TorchCheckpoint checkpoint = TorchCheckpoint.Open(path);
                StateDict tensors = checkpoint.FindStateDict();
                foreach (string name in tensors.Names)
                {
                    tensors.ReadBytes(name);
                }
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, 1000);
    }
}

import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0007_what_the_auditor_reads'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, unique=True)),
                ('key', models.CharField(editable=False, max_length=200)),
                ('kind', models.CharField(max_length=40)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message')], max_length=5)),
                ('to', models.CharField(max_length=254)),
                ('zone', models.CharField(max_length=60)),
                ('facts', models.JSONField(default=dict)),
                ('patient_ref', models.UUIDField(null=True)),
                ('about_ref', models.UUIDField(null=True)),
                ('about_version', models.PositiveIntegerField(default=1)),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('sending', 'Being sent'), ('sent', 'Sent'), ('failed', 'Failed'), ('in_doubt', 'In doubt'), ('void', 'Not needed any more'), ('missed', 'Too late to send'), ('held', 'Held back')], default='planned', max_length=10)),
                ('due_at', models.DateTimeField()),
                ('try_at', models.DateTimeField()),
                ('not_after', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('claim', models.UUIDField(editable=False, null=True)),
                ('lease_until', models.DateTimeField(editable=False, null=True)),
                ('handed_at', models.DateTimeField(editable=False, null=True)),
                ('sent_at', models.DateTimeField(editable=False, null=True)),
                ('trouble', models.CharField(blank=True, editable=False, max_length=300)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('ended_why', models.CharField(blank=True, editable=False, max_length=200)),
                ('clinic', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.clinic')),
                ('ended_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('written_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['due_at', 'id'],
                'indexes': [models.Index(fields=['clinic', 'state', 'try_at'], name='messages_due'), models.Index(fields=['clinic', 'about_ref'], name='messages_about'), models.Index(fields=['clinic', 'patient_ref', '-id'], name='messages_of_a_patient')],
                'constraints': [models.UniqueConstraint(fields=('clinic', 'key'), name='a_message_is_written_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='a_sent_message_has_its_time'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'sending'), _negated=True), models.Q(('claim__isnull', False), ('lease_until__isnull', False)), _connector='OR'), name='a_message_being_sent_is_claimed')],
            },
        ),
    ]
